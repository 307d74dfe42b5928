import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Messages that a broker hands out for some time: by the push consumer of 5.x, and over a bare connection, which sees every field. */
final class PopScenarios {
  private static final int COUNT = 80;
  private static final int TIMEOUT_MS = 90_000;
  /** Long enough for an acknowledgement on a crowded machine. */
  private static final int AGAIN_MS = 10_000;
  static final int POP = 200050;
  static final int ACK = 200051;
  static final int CHANGE = 200053;
  private static final int NOTIFICATION = 200054;
  private static final int POLLING_INFO = 200055;
  private static final int BATCH_ACK = 200151;
  private static final int ASSIGNMENT = 400;
  private static final int SET_MODE = 401;
  private static final int GROUP_SETTINGS = 352;
  private static final byte[] NO_BODY = {};

  private PopScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("pop-push", PopScenarios::push);
    known.put("pop-retry", PopScenarios::retry);
    known.put("pop-handles", PopScenarios::handles);
    known.put("pop-again", PopScenarios::again);
    known.put("pop-order", PopScenarios::order);
    known.put("pop-assignment", PopScenarios::assignment);
    known.put("pop-refusals", PopScenarios::refusals);
  }

  private static Raw broker(Context context, String topic) throws Exception {
    Raw raw = new Raw(context.brokerOf(topic));
    context.own(raw);
    return raw;
  }

  static Map<String, Object> fields(Object... pairs) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put((String) pairs[i], pairs[i + 1]);
    }
    return fields;
  }

  static int setMode(Raw raw, String topic, String group, String mode, int shared) throws Exception {
    raw.ask(GROUP_SETTINGS, fields("group", group), NO_BODY);
    Map<String, Object> body = fields("consumerGroup", group, "mode", mode, "popShareQueueNum", shared, "topic", topic);
    return raw.ask(SET_MODE, fields(), Json.write(body).getBytes(StandardCharsets.UTF_8));
  }

  /** A push consumer that is told by the broker which queues to read, and how: only 5.x knows of it. */
  static DefaultMQPushConsumer popConsumer(Context context, String topic) throws Exception {
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.getClass().getMethod("setClientRebalance", boolean.class).invoke(consumer, false);
    consumer.subscribe(topic, "*");
    return consumer;
  }

  private static void push(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    context.facts.put("setMode", setMode(broker(context, topic), topic, context.group(), "POP", 0));
    Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
    AtomicInteger popped = new AtomicInteger();
    Set<Integer> queues = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 2; i++) {
      DefaultMQPushConsumer consumer = popConsumer(context, topic);
      Consumers.concurrently(consumer, message -> {
        seen.computeIfAbsent(message.getKeys(), key -> new AtomicInteger()).incrementAndGet();
        popped.addAndGet(message.getProperty("POP_CK") == null ? 0 : 1);
        queues.add(message.getQueueId());
        return true;
      });
      consumer.start();
    }
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < COUNT; i++) {
      producer.send(SendScenarios.message(topic, i), new MessageQueue(topic, "broker-a", i % 4));
    }
    Context.within(TIMEOUT_MS, () -> seen.size() == COUNT);
    context.facts.put("lost", COUNT - seen.size());
    context.facts.put("allPopped", popped.get() >= COUNT);
    context.facts.put("queues", queues.size());
    context.measurements.put("deliveries", seen.values().stream().mapToInt(AtomicInteger::get).sum());
  }

  private static void retry(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    setMode(broker(context, topic), topic, context.group(), "POP", 0);
    Map<String, List<Integer>> attempts = new ConcurrentSkipListMap<>();
    Set<String> topics = ConcurrentHashMap.newKeySet();
    DefaultMQPushConsumer consumer = popConsumer(context, topic);
    Consumers.concurrently(consumer, message -> {
      List<Integer> times = attempts.computeIfAbsent(message.getKeys(), key -> Collections.synchronizedList(new ArrayList<>()));
      times.add(message.getReconsumeTimes());
      topics.add(message.getTopic());
      return times.size() > 1 || !message.getKeys().endsWith("1");
    });
    consumer.start();
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < 4; i++) {
      producer.send(SendScenarios.message(topic, i), new MessageQueue(topic, "broker-a", i % 2));
    }
    long start = System.nanoTime();
    context.facts.put("again", Context.within(TIMEOUT_MS, () -> attempts.size() == 4 && attempts.getOrDefault("k1", List.of()).size() > 1));
    context.measurements.put("againMs", (System.nanoTime() - start) / 1_000_000);
    context.facts.put("attempts", new TreeMap<>(attempts).toString());
    context.facts.put("sameTopic", topics.equals(Set.of(topic)));
  }

  static Map<String, Object> pop(String group, String topic, int queue, Object... more) {
    Map<String, Object> request = fields("consumerGroup", group, "topic", topic, "queueId", queue, "maxMsgNums", 32, "invisibleTime", 60_000, "pollTime", 0, "bornTime", 0,
        "initMode", 0, "expType", "TAG", "exp", "*");
    request.putAll(fields(more));
    return request;
  }

  /** The handle of the n-th message of the last pop, which was of one queue. */
  static Map<String, Object> handle(Raw raw, String group, String topic, int index, Object... more) {
    String[] start = raw.field("startOffsetInfo").split(";")[0].split(" ");
    String offset = raw.field("msgOffsetInfo").split(";")[0].split(" ")[2].split(",")[index];
    String extra = start[2] + " " + raw.field("popTime") + " " + raw.field("invisibleTime") + " " + raw.field("reviveQid") + " " + start[0] + " broker-a " + start[1] + " " + offset;
    String real = start[0].equals("1") ? "%RETRY%" + group + "_" + topic : topic;
    Map<String, Object> request = fields("consumerGroup", group, "topic", real, "queueId", start[1], "extraInfo", extra, "offset", offset);
    request.putAll(fields(more));
    return request;
  }

  private static byte[] batch(Raw raw, String group, String topic, int... indexes) {
    String[] start = raw.field("startOffsetInfo").split(";")[0].split(" ");
    BitSet bits = new BitSet();
    for (int index : indexes) {
      bits.set(index);
    }
    Map<String, Object> entry = fields("c", group, "t", topic, "r", start[0], "so", Long.parseLong(start[2]), "q", Integer.parseInt(start[1]), "rq",
        Integer.parseInt(raw.field("reviveQid")), "pt", Long.parseLong(raw.field("popTime")), "it", Long.parseLong(raw.field("invisibleTime")), "b",
        Base64.getEncoder().encodeToString(bits.toByteArray()));
    return Json.write(fields("acks", List.of(entry), "brokerName", "broker-a")).getBytes(StandardCharsets.UTF_8);
  }

  private static void send(Context context, String topic, int queue, int count) throws Exception {
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < count; i++) {
      producer.send(SendScenarios.message(topic, i), new MessageQueue(topic, "broker-a", queue));
    }
  }

  /** Every step and what is answered to it. */
  private static void handles(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    String group = context.group();
    send(context, topic, 1, 6);
    Raw raw = broker(context, topic);
    Map<String, Object> facts = context.facts;
    facts.put("pop", raw.ask(POP, pop(group, topic, 1, "maxMsgNums", 4), NO_BODY));
    facts.put("places", raw.field("startOffsetInfo") + " / " + raw.field("msgOffsetInfo"));
    facts.put("rest", raw.field("restNum"));
    facts.put("keys", keys(raw));
    facts.put("reviveQueue", Integer.parseInt(raw.field("reviveQid")) < 8);
    Map<String, Object> first = handle(raw, group, topic, 0);
    Map<String, Object> second = handle(raw, group, topic, 1, "invisibleTime", 90_000, "suspend", false);
    byte[] others = batch(raw, group, topic, 2, 3);
    facts.put("ack", raw.ask(ACK, first, NO_BODY));
    facts.put("ackAgain", raw.ask(ACK, first, NO_BODY));
    facts.put("batchAck", raw.ask(BATCH_ACK, fields(), others));
    facts.put("change", raw.ask(CHANGE, second, NO_BODY));
    facts.put("changed", raw.field("invisibleTime"));
    Context.within(75_000, () -> committed(raw, group, topic) == 4);
    facts.put("committed", committed(raw, group, topic));
    facts.put("notified", raw.ask(NOTIFICATION, fields("consumerGroup", group, "topic", topic, "queueId", 1, "pollTime", 0, "bornTime", System.currentTimeMillis()), NO_BODY));
    facts.put("hasMessage", raw.field("hasMsg"));
    facts.put("rest pop", raw.ask(POP, pop(group, topic, 1), NO_BODY));
    facts.put("rest keys", keys(raw));
    facts.put("nothing", raw.ask(POP, pop(group, topic, 1), NO_BODY));
    facts.put("notified of nothing", raw.ask(NOTIFICATION, fields("consumerGroup", group, "topic", topic, "queueId", 1, "pollTime", 300, "bornTime", System.currentTimeMillis()), NO_BODY));
    facts.put("has nothing", raw.field("hasMsg"));
    facts.put("held", raw.ask(POP, pop(group, topic, 1, "pollTime", 500, "bornTime", System.currentTimeMillis()), NO_BODY));
    facts.put("polling", raw.ask(POLLING_INFO, fields("consumerGroup", group, "topic", topic, "queueId", 1), NO_BODY));
    facts.put("waiting", raw.field("pollingNum"));
  }

  private static long committed(Raw raw, String group, String topic) {
    try {
      raw.ask(14, fields("consumerGroup", group, "topic", topic, "queueId", 1), NO_BODY);
      return Long.parseLong(raw.field("offset"));
    } catch (Exception none) {
      return -1;
    }
  }

  private static List<String> keys(Raw raw) throws Exception {
    List<String> keys = new ArrayList<>();
    for (MessageExt message : messages(raw)) {
      keys.add(message.getKeys());
    }
    return keys;
  }

  static List<MessageExt> messages(Raw raw) {
    return MessageDecoder.decodes(ByteBuffer.wrap(raw.body()));
  }

  /** What is not acknowledged comes again; what is, does not. */
  private static void again(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    String group = context.group();
    send(context, topic, 1, 3);
    Raw raw = broker(context, topic);
    Map<String, Object> facts = context.facts;
    long popped = System.nanoTime();
    facts.put("pop", raw.ask(POP, pop(group, topic, 1, "invisibleTime", AGAIN_MS), NO_BODY));
    facts.put("ack", raw.ask(ACK, handle(raw, group, topic, 1), NO_BODY));
    Map<String, MessageExt> seen = new TreeMap<>();
    Map<String, Object> place = new LinkedHashMap<>();
    facts.put("again", Context.within(TIMEOUT_MS, () -> {
      try {
        Map<String, Object> request = pop(group, topic, -1, "pollTime", 1_000, "bornTime", System.currentTimeMillis());
        if (raw.ask(POP, request, NO_BODY) == 0) {
          for (MessageExt message : messages(raw)) {
            if (!Context.isSeed(message)) {
              seen.put(message.getKeys(), message);
              context.measurements.putIfAbsent("firstAfterMs", (System.nanoTime() - popped) / 1_000_000);
            }
          }
          place.putAll(fields("flag", raw.field("startOffsetInfo").split(" ")[0], "queue", raw.field("startOffsetInfo").split(" ")[1]));
        }
        return seen.containsKey("k0") && seen.containsKey("k2");
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }));
    facts.put("keys", seen.keySet().toString());
    facts.put("from", place.toString());
    MessageExt one = seen.get("k2");
    facts.put("topic", one.getTopic().equals(topic));
    facts.put("attempt", one.getReconsumeTimes());
    facts.put("queue", one.getQueueId());
    facts.put("properties", new TreeSet<>(one.getProperties().keySet()).toString());
    facts.put("handle", one.getProperty("POP_CK").replaceAll("\\d{13}", "T").replaceAll("T 60000 \\d", "T 60000 R").replaceAll("^\\d+|\\d+$", "N"));
    facts.put("firstGroup", one.getProperty("ORIGIN_GROUP").equals(group));
    Map<String, Object> done = fields("consumerGroup", group, "topic", "%RETRY%" + group + "_" + topic, "queueId", 0, "extraInfo", one.getProperty("POP_CK"), "offset",
        one.getProperty("POP_CK").split(" ")[7]);
    facts.put("ackOfAgain", raw.ask(ACK, done, NO_BODY));
  }

  private static void order(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    String group = context.group();
    send(context, topic, 1, 5);
    Raw raw = broker(context, topic);
    Map<String, Object> facts = context.facts;
    facts.put("pop", raw.ask(POP, pop(group, topic, 1, "maxMsgNums", 3, "order", true, "attemptId", "one"), NO_BODY));
    facts.put("places", raw.field("startOffsetInfo") + " / " + raw.field("msgOffsetInfo") + " / " + raw.field("reviveQid"));
    facts.put("counts", raw.fieldOr("orderCountInfo", "none"));
    Map<String, Object> stale = handle(raw, group, topic, 0);
    facts.put("blocked", raw.ask(POP, pop(group, topic, 1, "order", true, "attemptId", "two"), NO_BODY));
    facts.put("sameAttempt", raw.ask(POP, pop(group, topic, 1, "maxMsgNums", 3, "order", true, "attemptId", "one"), NO_BODY));
    facts.put("sameKeys", keys(raw));
    facts.put("sameCounts", raw.fieldOr("orderCountInfo", "none"));
    Map<String, Object> first = handle(raw, group, topic, 0);
    Map<String, Object> second = handle(raw, group, topic, 1);
    Map<String, Object> third = handle(raw, group, topic, 2, "invisibleTime", 1_000, "suspend", false);
    facts.put("staleAck", raw.ask(ACK, stale, NO_BODY));
    facts.put("ack", raw.ask(ACK, first, NO_BODY));
    facts.put("committedOne", committed(raw, group, topic));
    facts.put("ackSecond", raw.ask(ACK, second, NO_BODY));
    facts.put("committedTwo", committed(raw, group, topic));
    facts.put("change", raw.ask(CHANGE, third, NO_BODY));
    Map<String, Object> beyond = new LinkedHashMap<>(second);
    beyond.put("offset", 4);
    facts.put("ackNotInBatch", raw.ask(ACK, beyond, NO_BODY));
    facts.put("after", Context.within(TIMEOUT_MS, () -> {
      try {
        return raw.ask(POP, pop(group, topic, 1, "order", true, "attemptId", "three"), NO_BODY) == 0;
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    }));
    facts.put("afterKeys", keys(raw));
    facts.put("afterCounts", raw.fieldOr("orderCountInfo", "none"));
  }

  private static int ask(Raw raw, int code, Map<String, Object> body) throws Exception {
    return raw.ask(code, fields(), Json.write(body).getBytes(StandardCharsets.UTF_8));
  }

  private static void assignment(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 3);
    String group = context.group();
    DefaultMQPushConsumer consumer = context.pushConsumer(group);
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> true);
    consumer.start();
    String clientId = consumer.getDefaultMQPushConsumerImpl().getmQClientFactory().getClientId();
    Raw raw = broker(context, topic);
    Map<String, Object> question = fields("clientId", clientId, "consumerGroup", group, "messageModel", "CLUSTERING", "strategyName", "AVG", "topic", topic);
    Context.await("the heartbeat", 75_000, () -> {
      try {
        return ask(raw, ASSIGNMENT, question) == 0 && raw.text().contains("messageQueue\"");
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      }
    });
    Map<String, Object> facts = context.facts;
    facts.put("pull", sorted(raw));
    facts.put("set", setMode(raw, topic, group, "POP", -1));
    facts.put("asked", ask(raw, ASSIGNMENT, question));
    facts.put("pop", sorted(raw));
    facts.put("circle", ask(raw, ASSIGNMENT, with(question, "strategyName", "AVG_BY_CIRCLE")));
    facts.put("broadcast", ask(raw, ASSIGNMENT, with(question, "messageModel", "BROADCASTING")));
    facts.put("broadcastQueues", sorted(raw));
    facts.put("noGroup", ask(raw, ASSIGNMENT, with(question, "consumerGroup", group + "_absent")));
    facts.put("ofNoGroup", sorted(raw));
    facts.put("setUnknownTopic", setMode(raw, topic + "_absent", group, "POP", 0));
    facts.put("setRetryTopic", setMode(raw, "%RETRY%" + group, group, "POP", 0));
  }

  private static Map<String, Object> with(Map<String, Object> fields, String name, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(fields);
    changed.put(name, value);
    return changed;
  }

  /** Queue and mode of each: sets come in any order. */
  private static List<String> sorted(Raw raw) {
    TreeSet<String> found = new TreeSet<>();
    String text = raw.text();
    var queues = java.util.regex.Pattern.compile("\"queueId\":(-?\\d+)[^}]*}\\s*,\\s*\"mode\":\"(\\w+)\"").matcher(text);
    while (queues.find()) {
      found.add(queues.group(1) + " " + queues.group(2));
    }
    return new ArrayList<>(found);
  }

  private static void refusals(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    String group = context.group();
    send(context, topic, 1, 2);
    Raw raw = broker(context, topic);
    Map<String, Object> facts = context.facts;
    facts.put("unknownTopic", raw.ask(POP, pop(group, topic + "_absent", 0), NO_BODY));
    facts.put("queueTooHigh", raw.ask(POP, pop(group, topic, 2), NO_BODY));
    facts.put("tooMany", raw.ask(POP, pop(group, topic, 0, "maxMsgNums", 33), NO_BODY));
    facts.put("badSql", raw.ask(POP, pop(group, topic, 0, "expType", "SQL92", "exp", "a >"), NO_BODY));
    facts.put("unknownType", raw.ask(POP, pop(group, topic, 0, "expType", "XYZ", "exp", "a"), NO_BODY));
    facts.put("late", raw.ask(POP, pop(group, topic, 0, "bornTime", System.currentTimeMillis() - 5_000), NO_BODY));
    facts.put("good", raw.ask(POP, pop(group, topic, 1), NO_BODY));
    Map<String, Object> handle = handle(raw, group, topic, 0);
    facts.put("ackUnknownTopic", raw.ask(ACK, with(handle, "topic", topic + "_absent"), NO_BODY));
    facts.put("ackQueueTooHigh", raw.ask(ACK, with(handle, "queueId", 2), NO_BODY));
    facts.put("ackOffsetTooHigh", raw.ask(ACK, with(handle, "offset", 50), NO_BODY));
    facts.put("ackAtEnd", raw.ask(ACK, with(handle, "offset", 2), NO_BODY));
    facts.put("ackNoHandle", raw.ask(ACK, with(handle, "extraInfo", "no handle"), NO_BODY));
    facts.put("emptyBatch", raw.ask(BATCH_ACK, fields(), NO_BODY));
    facts.put("emptyList", raw.ask(BATCH_ACK, fields(), "{\"acks\":[],\"brokerName\":\"broker-a\"}".getBytes(StandardCharsets.UTF_8)));
    Map<String, Object> change = with(handle, "invisibleTime", 1_000);
    facts.put("changeUnknownTopic", raw.ask(CHANGE, with(change, "topic", topic + "_absent"), NO_BODY));
    facts.put("changeQueueTooHigh", raw.ask(CHANGE, with(change, "queueId", 2), NO_BODY));
    facts.put("changeAtEnd", raw.ask(CHANGE, with(change, "offset", 2), NO_BODY));
    Map<String, Object> wish = fields("consumerGroup", group, "topic", topic, "queueId", 0, "pollTime", 0, "bornTime", System.currentTimeMillis());
    facts.put("notifyUnknownTopic", raw.ask(NOTIFICATION, with(wish, "topic", topic + "_absent"), NO_BODY));
    facts.put("notifyQueueTooHigh", raw.ask(NOTIFICATION, with(wish, "queueId", 2), NO_BODY));
    facts.put("pollingUnknownTopic", raw.ask(POLLING_INFO, fields("consumerGroup", group, "topic", topic + "_absent", "queueId", 0), NO_BODY));
    facts.put("pollingQueueTooHigh", raw.ask(POLLING_INFO, fields("consumerGroup", group, "topic", topic, "queueId", 2), NO_BODY));
  }
}
