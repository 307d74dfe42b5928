import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.impl.consumer.DefaultMQPushConsumerImpl;
import org.apache.rocketmq.client.impl.consumer.ProcessQueue;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.header.QueryConsumerOffsetRequestHeader;

/** What clients do between the commands of an administrator; what they learn stands in for names like `@id1` in later steps. */
final class Clients implements AutoCloseable {
  static final long PATIENCE_MS = 60_000;
  /** A busy machine answers late. */
  static final int API_TIMEOUT_MS = 30_000;

  private final String namesrv;
  private final PassingClients passing;
  private final ClusterClients ofCluster;
  private final Map<String, DefaultMQProducer> producers = new HashMap<>();
  private final Map<String, DefaultMQPushConsumer> consumers = new HashMap<>();
  private final Map<String, AtomicInteger> received = new ConcurrentHashMap<>();
  private final Map<String, String> names = new HashMap<>();

  Clients(String namesrv) {
    this.namesrv = namesrv;
    names.put("@namesrv", namesrv);
    passing = new PassingClients(namesrv, names);
    ofCluster = new ClusterClients(namesrv, names);
  }

  static void prepare(ClientConfig client, String namesrv, String instance) {
    client.setNamesrvAddr(namesrv);
    client.setInstanceName(instance);
    client.setMqClientApiTimeout(API_TIMEOUT_MS);
  }

  /** Waits until the broker answers a query for so many messages by the keys that `!send` gave. An Apache broker indexes a moment after it has acknowledged. */
  private String await(String topic, int count) throws Exception {
    DefaultMQProducer producer = producers.values().iterator().next();
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (System.currentTimeMillis() < deadline) {
      try {
        producer.queryMessage(topic, "k" + (count - 1), 1, 0, Long.MAX_VALUE);
        return "indexed";
      } catch (MQClientException notYet) {
        Thread.sleep(50);
      }
    }
    return "not indexed";
  }

  /** The arguments with what is known for the names in them. */
  String[] filled(String[] parts) {
    return Arrays.stream(parts).map(part -> names.getOrDefault(part, part)).toArray(String[]::new);
  }

  String act(String[] parts) throws Exception {
    switch (parts[0]) {
      case "!define":
        names.put(parts[1], parts[2]);
        return "";
      case "!apart":
        return sendApart(parts[1], parts[2], Integer.parseInt(parts[3]), parts[4]);
      case "!await":
        return await(parts[1], Integer.parseInt(parts[2]));
      case "!send":
        return send(parts[1], parts[2], Integer.parseInt(parts[3]), Integer.parseInt(parts[4]));
      case "!counted":
        return passing.counted(parts[1], parts[2], Integer.parseInt(parts[3]));
      case "!ordered":
        return passing.ordered(parts[1]);
      case "!spread":
        return passing.spread(parts[1], Integer.parseInt(parts[2]));
      case "!pull":
        return passing.pull(parts[1], parts[2], Integer.parseInt(parts[3]));
      case "!behind":
        return passing.behind(parts[1], parts[2], Integer.parseInt(parts[3]));
      case "!fallen":
        return passing.fallen(parts[1], parts[2], parts[3]);
      case "!trace":
        return trace(parts[1], parts[2], parts[3]);
      case "!consume":
        return consume(parts[1], parts[2]);
      case "!received":
        return received(parts[1], Integer.parseInt(parts[2]));
      case "!stop":
        consumers.remove(parts[1]).shutdown();
        return "";
      case "!now":
        // Neither what was stored before nor what comes after is of the same millisecond.
        Thread.sleep(20);
        names.put(parts[1], String.valueOf(System.currentTimeMillis()));
        Thread.sleep(20);
        return "";
      default:
        return ofCluster.act(parts);
    }
  }

  /** Sends so many messages to one queue, with keys k0, k1, ...; their ids become @unique0, @offset0, ... */
  private String send(String group, String topic, int queueId, int count) throws Exception {
    DefaultMQProducer producer = producers.get(group);
    boolean isNew = false;
    if (producer == null) {
      producer = new DefaultMQProducer(group);
      prepare(producer, namesrv, group);
      producer.setSendMsgTimeout(API_TIMEOUT_MS);
      producer.start();
      producers.put(group, producer);
      isNew = true;
    }
    for (int i = 0; i < count; i++) {
      Message message = new Message(topic, "Tag" + i % 2, "k" + i, ("body " + i).getBytes());
      SendResult result = producer.send(message, new MessageQueue(topic, "broker-a", queueId));
      names.put("@unique" + i, result.getMsgId());
      names.put("@offset" + i, result.getOffsetMsgId());
    }
    if (isNew) {
      // Brokers know a producer by its heartbeats, and the next is half a minute away when the first one came before the route of its topic.
      producer.getDefaultMQProducerImpl().getmQClientFactory().sendHeartbeatToAllBrokerWithLock();
    }
    return count + " sent";
  }

  /** Sends so many messages to the first queue, each in milliseconds of its own; when the third was stored is @at2, and the millisecond before it and after it @before2 and @after2. */
  private String sendApart(String group, String topic, int count, String name) throws Exception {
    for (int i = 0; i < count; i++) {
      send(group, topic, 0, 1);
      Thread.sleep(20);
    }
    for (int i = 0; i < count; i++) {
      long at = passing.storedAt(new MessageQueue(topic, "broker-a", 0), i);
      names.put(name + i, String.valueOf(at));
      names.put(name.replace("at", "before") + i, String.valueOf(at - 1));
      names.put(name.replace("at", "after") + i, String.valueOf(at + 1));
    }
    return count + " sent";
  }

  private String consume(String group, String topic) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
    prepare(consumer, namesrv, group);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setPersistConsumerOffsetInterval(200);
    consumer.subscribe(topic, "*");
    AtomicInteger count = received.computeIfAbsent(group, any -> new AtomicInteger());
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      count.addAndGet(messages.size());
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    consumers.put(group, consumer);
    names.put("@client", consumer.getDefaultMQPushConsumerImpl().getmQClientFactory().getClientId());
    return "";
  }

  /** Sends a message that is traced to a consumer that traces, and waits until all that both say of it can be found by its id, which becomes @traced. */
  private String trace(String producerGroup, String consumerGroup, String topic) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(consumerGroup, null, new AllocateMessageQueueAveragely(), true, null);
    prepare(consumer, namesrv, consumerGroup);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> ConsumeConcurrentlyStatus.CONSUME_SUCCESS);
    consumer.start();
    consumers.put(consumerGroup, consumer);
    DefaultMQProducer producer = new DefaultMQProducer(producerGroup, true, null);
    prepare(producer, namesrv, producerGroup);
    producer.setSendMsgTimeout(API_TIMEOUT_MS);
    producer.start();
    producers.put(producerGroup, producer);
    String id = producer.send(new Message(topic, "Tag", "key", "traced".getBytes())).getMsgId();
    names.put("@traced", id);
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (System.currentTimeMillis() < deadline) {
      if (traces(producer, id).containsAll(List.of("Pub", "SubBefore", "SubAfter"))) {
        return "traced";
      }
      Thread.sleep(200);
    }
    return "not traced";
  }

  private static List<String> traces(DefaultMQProducer producer, String id) throws InterruptedException {
    List<String> kinds = new ArrayList<>();
    try {
      producer.queryMessage("RMQ_SYS_TRACE_TOPIC", id, 64, 0, Long.MAX_VALUE).getMessageList().forEach(message -> {
        for (String record : new String(message.getBody()).split("\u0002")) {
          kinds.add(record.split("\u0001")[0]);
        }
      });
    } catch (MQClientException notYet) {
      // Nothing is found, or the topic is not there yet.
    }
    return kinds;
  }

  /** Waits until the group has got so many, and the broker knows; the next wait counts from there. */
  private String received(String group, int wanted) throws Exception {
    AtomicInteger count = received.get(group);
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (count.get() < wanted && System.currentTimeMillis() < deadline) {
      Thread.sleep(10);
    }
    // Time for what nobody wanted to come, and be counted.
    Thread.sleep(100);
    DefaultMQPushConsumerImpl consumer = consumers.get(group).getDefaultMQPushConsumerImpl();
    while (!isSettled(consumer, group) && System.currentTimeMillis() < deadline) {
      Thread.sleep(20);
    }
    return count.getAndSet(0) + " received";
  }

  /** Whether the listener is done with all that was pulled, and the broker knows: offsets are sent without an answer. */
  private static boolean isSettled(DefaultMQPushConsumerImpl consumer, String group) throws Exception {
    consumer.persistConsumerOffset();
    for (Map.Entry<MessageQueue, ProcessQueue> one : Map.copyOf(consumer.getRebalanceImpl().getProcessQueueTable()).entrySet()) {
      MessageQueue queue = one.getKey();
      long offset = consumer.getOffsetStore().readOffset(queue, ReadOffsetType.READ_FROM_MEMORY);
      boolean isOwn = !queue.getTopic().startsWith("%RETRY%");
      if (one.getValue().getMsgCount().get() > 0 || isOwn && offset >= 0 && committed(consumer, group, queue) != offset) {
        return false;
      }
    }
    return true;
  }

  private static long committed(DefaultMQPushConsumerImpl consumer, String group, MessageQueue queue) throws Exception {
    QueryConsumerOffsetRequestHeader question = new QueryConsumerOffsetRequestHeader();
    question.setConsumerGroup(group);
    question.setTopic(queue.getTopic());
    question.setQueueId(queue.getQueueId());
    String broker = consumer.getmQClientFactory().findBrokerAddressInAdmin(queue.getBrokerName()).getBrokerAddr();
    try {
      return consumer.getmQClientFactory().getMQClientAPIImpl().queryConsumerOffset(broker, question, API_TIMEOUT_MS);
    } catch (MQBrokerException notYet) {
      return -1;
    }
  }

  @Override
  public void close() {
    List<AutoCloseable> all = new ArrayList<>(List.of(ofCluster));
    consumers.values().forEach(consumer -> all.add(consumer::shutdown));
    producers.values().forEach(producer -> all.add(producer::shutdown));
    for (AutoCloseable one : all) {
      try {
        one.close();
      } catch (Exception failure) {
        System.err.println("closing failed: " + failure);
      }
    }
  }
}
