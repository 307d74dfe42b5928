import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** What a scenario works with: names of its own, clients that are closed behind it, and the result it fills. */
final class Context implements AutoCloseable {
  /** Marks the message that only exists to have its topic created. */
  static final String SEED = "seed";
  private static final int CREATE_TRIES = 5;
  /** Long, because a client that gives up sends again, and what a busy broker has stored twice is there twice. */
  static final int SEND_TIMEOUT_MS = 30_000;
  static final int API_TIMEOUT_MS = 30_000;
  private static final AtomicInteger INSTANCES = new AtomicInteger();

  final String namesrv;
  final String scenario;
  final Map<String, Object> facts = Collections.synchronizedMap(new LinkedHashMap<>());
  final Map<String, Object> measurements = Collections.synchronizedMap(new LinkedHashMap<>());
  private final String client;
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();

  Context(String namesrv, String scenario, String client) {
    this.namesrv = namesrv;
    this.scenario = scenario;
    this.client = client;
  }

  /** The same on every server, different for every client, so that clients do not see each other's messages. */
  String name(String suffix) {
    return (scenario + "_" + suffix + "_" + client).replace('.', '_');
  }

  String topic() {
    return name("T");
  }

  String group() {
    return name("G");
  }

  synchronized void own(AutoCloseable closeable) {
    owned.push(closeable);
  }

  /** Clients of one JVM share a connection unless their instance names differ. */
  static String instance() {
    return "i" + INSTANCES.incrementAndGet();
  }

  /** What all clients have in common. A busy machine answers late, and a client that gives up on its route does not start. */
  void prepare(ClientConfig client) {
    client.setNamesrvAddr(namesrv);
    client.setInstanceName(instance());
    client.setMqClientApiTimeout(API_TIMEOUT_MS);
  }

  DefaultMQProducer producer() throws MQClientException {
    return producer(4);
  }

  DefaultMQProducer producer(int queuesOfNewTopics) throws MQClientException {
    DefaultMQProducer producer = new DefaultMQProducer(name("P") + INSTANCES.incrementAndGet());
    prepare(producer);
    producer.setDefaultTopicQueueNums(queuesOfNewTopics);
    producer.setSendMsgTimeout(SEND_TIMEOUT_MS);
    producer.setMaxMessageSize(8 * 1024 * 1024);
    own(producer::shutdown);
    producer.start();
    return producer;
  }

  /** Not started: the scenario subscribes first. */
  DefaultMQPushConsumer pushConsumer(String group) {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
    prepare(consumer);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setConsumeThreadMin(4);
    consumer.setConsumeThreadMax(4);
    own(consumer::shutdown);
    return consumer;
  }

  DefaultMQPullConsumer pullConsumer(String group) throws MQClientException {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(group);
    prepare(consumer);
    consumer.setConsumerPullTimeoutMillis(API_TIMEOUT_MS);
    own(consumer::shutdown);
    consumer.start();
    consumer.getDefaultMQPullConsumerImpl().getRebalanceImpl().getmQClientFactory().getMQAdminImpl().setTimeoutMillis(API_TIMEOUT_MS);
    return consumer;
  }

  /** Has the topic auto-created with this many queues by one seed message, and waits until its route is published. */
  String createTopic(String topic, int queues) throws Exception {
    DefaultMQProducer producer = producer(queues);
    Message seed = new Message(topic, SEED.getBytes());
    seed.putUserProperty(SEED, "1");
    for (int left = CREATE_TRIES; !sent(producer, seed, new MessageQueue(topic, "broker-a", 0), left == 1); left--) {
      Thread.sleep(1_000);
    }
    await("a route of " + topic, 60_000, () -> routed(producer, topic));
    return topic;
  }

  /** A broker that has just started on a busy machine may not be in the route yet, or answer late. */
  private static boolean sent(DefaultMQProducer producer, Message seed, MessageQueue queue, boolean last) throws Exception {
    try {
      producer.send(seed, queue);
      return true;
    } catch (Exception busy) {
      if (last) {
        throw busy;
      }
      return false;
    }
  }

  /** The address of the broker that has the topic. */
  String brokerOf(String topic) throws Exception {
    var api = producer().getDefaultMQProducerImpl().getmQClientFactory().getMQClientAPIImpl();
    var route = api.getTopicRouteInfoFromNameServer(topic, API_TIMEOUT_MS);
    return route.getBrokerDatas().get(0).getBrokerAddrs().get(0L);
  }

  static boolean routed(DefaultMQProducer producer, String topic) {
    try {
      var api = producer.getDefaultMQProducerImpl().getmQClientFactory().getMQClientAPIImpl();
      return !api.getTopicRouteInfoFromNameServer(topic, API_TIMEOUT_MS).getQueueDatas().isEmpty();
    } catch (Exception notYet) {
      return false;
    }
  }

  static boolean isSeed(Message message) {
    return message.getUserProperty(SEED) != null;
  }

  static void await(String what, long timeoutMs, BooleanSupplier condition) throws InterruptedException {
    if (!within(timeoutMs, condition)) {
      throw new IllegalStateException("waited " + timeoutMs + " ms in vain for " + what);
    }
  }

  static boolean within(long timeoutMs, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + timeoutMs * 1_000_000;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(5);
    }
    return true;
  }

  /** Everything readable in a topic by pull, queue by queue in order, seeds left out; notes whether queue offsets are dense. */
  List<MessageExt> readAll(String topic) throws Exception {
    DefaultMQPullConsumer consumer = pullConsumer(name("R") + INSTANCES.incrementAndGet());
    List<MessageExt> all = new ArrayList<>();
    boolean dense = true;
    List<MessageQueue> queues = new ArrayList<>(consumer.fetchSubscribeMessageQueues(topic));
    queues.sort(Comparator.comparingInt(MessageQueue::getQueueId));
    for (MessageQueue queue : queues) {
      long offset = consumer.minOffset(queue);
      long end = consumer.maxOffset(queue);
      while (offset < end) {
        PullResult result = consumer.pull(queue, "*", offset, 32);
        if (result.getPullStatus() != PullStatus.FOUND) {
          dense = false;
          break;
        }
        for (MessageExt message : result.getMsgFoundList()) {
          dense &= message.getQueueOffset() == offset++;
          if (!isSeed(message)) {
            all.add(message);
          }
        }
      }
    }
    facts.put("dense", dense);
    return all;
  }

  @Override
  public void close() {
    while (true) {
      AutoCloseable next;
      synchronized (this) {
        next = owned.poll();
      }
      if (next == null) {
        return;
      }
      try {
        next.close();
      } catch (Exception failure) {
        System.err.println(scenario + ": closing failed: " + failure);
      }
    }
  }
}
