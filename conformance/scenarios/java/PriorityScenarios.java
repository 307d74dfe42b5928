import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Messages with a priority, which only clients of 5.5 set: the number of their queue is their priority, and a pop begins with the highest. */
final class PriorityScenarios {
  private static final int QUEUES = 4;
  /** With every order of visits as likely as any other, four queues would be visited in order once in four times. */
  private static final int ROUNDS = 12;
  private static final int TIMEOUT_MS = 90_000;
  private static final int TOPIC = 17;
  private static final int GROUP = 200;
  private static final int POP = 200050;
  private static final byte[] NO_BODY = {};

  private PriorityScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("priority-queues", PriorityScenarios::queues);
    known.put("priority-pop", PriorityScenarios::pop);
    known.put("priority-push", PriorityScenarios::push);
  }

  /** A message that the client of 4.9 cannot make. */
  private static Message prioritized(String topic, String key, int priority) throws ReflectiveOperationException {
    Message message = new Message(topic, "Tag", key, key.getBytes(StandardCharsets.UTF_8));
    Message.class.getMethod("setPriority", int.class).invoke(message, priority);
    return message;
  }

  private static Raw broker(Context context) throws Exception {
    Raw raw = new Raw(context.brokerOf("TBW102"));
    context.own(raw);
    return raw;
  }

  /** Where each message goes, and whether it still has a priority there. */
  private static void queues(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), QUEUES);
    DefaultMQProducer producer = context.producer();
    Map<String, Message> cases = new LinkedHashMap<>();
    for (int priority : new int[] {0, 1, 2, 3, 4, 1000}) {
      cases.put("priority " + priority, prioritized(topic, "p" + priority, priority));
    }
    Message delayed = prioritized(topic, "delayed", 3);
    delayed.setDelayTimeLevel(1);
    cases.put("of a delayed message", delayed);
    Message sharded = prioritized(topic, "sharded", 3);
    sharded.putUserProperty("__SHARDINGKEY", "shard");
    cases.put("of a message of an ordered group", sharded);
    for (Map.Entry<String, Message> one : cases.entrySet()) {
      SendResult result = producer.send(one.getValue(), new MessageQueue(topic, "broker-a", 1));
      context.facts.put(one.getKey(), "queue " + result.getMessageQueue().getQueueId());
    }
    context.facts.put("batch", batch(producer, topic));
    Context.await("the delayed message", TIMEOUT_MS, () -> keys(context, topic).contains("delayed"));
    List<String> stored = new ArrayList<>();
    for (MessageExt message : context.readAll(topic)) {
      stored.add(message.getQueueId() + " " + message.getKeys() + " " + message.getProperty("_SYS_MSG_PRIORITY_"));
    }
    stored.sort(null);
    context.facts.put("stored", stored);
  }

  private static String batch(DefaultMQProducer producer, String topic) throws Exception {
    List<Message> batch = List.of(prioritized(topic, "b1", 3), prioritized(topic, "b2", 2));
    return "queue " + producer.send(batch, new MessageQueue(topic, "broker-a", 1)).getMessageQueue().getQueueId();
  }

  private static Set<String> keys(Context context, String topic) {
    try {
      Set<String> keys = ConcurrentHashMap.newKeySet();
      for (MessageExt message : context.readAll(topic)) {
        keys.add(message.getKeys());
      }
      // Asking too often would only keep the broker from delivering.
      Thread.sleep(200);
      return keys;
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static String makeTopic(Context context, Raw raw) throws Exception {
    String topic = context.topic();
    Map<String, Object> fields = fields("topic", topic, "defaultTopic", "TBW102", "readQueueNums", QUEUES, "writeQueueNums", QUEUES, "perm", 6, "topicFilterType", "SINGLE_TAG",
        "topicSysFlag", 0, "order", false, "attributes", "+message.type=PRIORITY");
    context.facts.put("made", raw.ask(TOPIC, fields, NO_BODY));
    DefaultMQProducer producer = context.producer();
    Context.await("a route of " + topic, 60_000, () -> Context.routed(producer, topic));
    return topic;
  }

  private static int makeGroup(Raw raw, String group, int factor) throws Exception {
    Map<String, Object> body = fields("groupName", group, "consumeEnable", true, "consumeFromMinEnable", true, "consumeBroadcastEnable", true, "retryQueueNums", 1, "retryMaxTimes", 16,
        "brokerId", 0, "whichBrokerWhenConsumeSlowly", 1, "notifyConsumerIdsChangedEnable", true, "attributes", Map.of("+priority.factor", String.valueOf(factor)));
    return raw.ask(GROUP, Map.of(), Json.write(body).getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, Object> fields(Object... pairs) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put((String) pairs[i], pairs[i + 1]);
    }
    return fields;
  }

  /** A few messages of every priority, of which one pop takes less than there are. */
  private static void pop(Context context) throws Exception {
    Raw raw = broker(context);
    String topic = makeTopic(context, raw);
    String group = context.group();
    context.facts.put("makeGroup", makeGroup(raw, group, 100));
    String indifferent = group + "_indifferent";
    context.facts.put("makeIndifferent", makeGroup(raw, indifferent, 0));
    DefaultMQProducer producer = context.producer();
    for (int round = 0; round < ROUNDS; round++) {
      for (int priority = 0; priority < QUEUES; priority++) {
        producer.send(prioritized(topic, round + "-" + priority, priority));
      }
    }
    context.facts.put("popped", popped(raw, group, topic));
    // Without priorities every pop begins at a queue of its own; in order for every pop, it would be a wonder.
    context.facts.put("indifferent", popped(raw, indifferent, topic).equals(List.of(3, 2, 1, 0)) ? "in order" : "all " + QUEUES * ROUNDS);
  }

  /** Pops three at a time to the end: the queues in the order in which they came, each time that it changes. */
  private static List<Integer> popped(Raw raw, String group, String topic) throws Exception {
    List<Integer> order = new ArrayList<>();
    int count = 0;
    long deadline = System.nanoTime() + TIMEOUT_MS * 1_000_000L;
    while (count < QUEUES * ROUNDS && System.nanoTime() < deadline) {
      Map<String, Object> request = fields("consumerGroup", group, "topic", topic, "queueId", -1, "maxMsgNums", 3, "invisibleTime", 300_000, "pollTime", 1_000, "bornTime",
          System.currentTimeMillis(), "initMode", 0, "expType", "TAG", "exp", "*");
      if (raw.ask(POP, request, NO_BODY) != 0) {
        continue;
      }
      for (MessageExt message : MessageDecoder.decodes(ByteBuffer.wrap(raw.body()))) {
        count++;
        if (order.isEmpty() || order.get(order.size() - 1) != message.getQueueId()) {
          order.add(message.getQueueId());
        }
      }
    }
    if (count < QUEUES * ROUNDS) {
      throw new IllegalStateException(count + " messages of " + QUEUES * ROUNDS + " came");
    }
    return order;
  }

  /** A push consumer that pops, and has one thread: what is most urgent of what has waited comes first. */
  private static void push(Context context) throws Exception {
    Raw raw = broker(context);
    String topic = makeTopic(context, raw);
    String group = context.group();
    makeGroup(raw, group, 100);
    Map<String, Object> mode = fields("consumerGroup", group, "mode", "POP", "popShareQueueNum", -1, "topic", topic);
    context.facts.put("setMode", raw.ask(401, Map.of(), Json.write(mode).getBytes(StandardCharsets.UTF_8)));
    DefaultMQProducer producer = context.producer();
    for (int round = 0; round < ROUNDS; round++) {
      for (int priority = 0; priority < QUEUES; priority++) {
        producer.send(prioritized(topic, round + "-" + priority, priority));
      }
    }
    List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());
    DefaultMQPushConsumer consumer = context.pushConsumer(group);
    consumer.getClass().getMethod("setClientRebalance", boolean.class).invoke(consumer, false);
    consumer.setConsumeThreadMin(1);
    consumer.setConsumeThreadMax(1);
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> seen.add(message.getKeys()));
    consumer.start();
    context.facts.put("allSeen", Context.within(TIMEOUT_MS, () -> seen.size() >= QUEUES * ROUNDS));
    List<Integer> order = new ArrayList<>();
    for (String key : List.copyOf(seen)) {
      int priority = Integer.parseInt(key.substring(key.indexOf('-') + 1));
      if (order.isEmpty() || order.get(order.size() - 1) != priority) {
        order.add(priority);
      }
    }
    context.facts.put("order", order);
  }
}
