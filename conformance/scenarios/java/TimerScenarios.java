import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages with a time of their own. Where a client has no method for it, as those of 4.9, the property is set, or the request sent, by hand. */
final class TimerScenarios {
  private static final long ARRIVAL_TIMEOUT_MS = 60_000;
  private static final long MAX_DELAY_MS = 259_200_000;
  /** Long enough for what must not come. */
  private static final long QUIET_MS = 3_000;

  private TimerScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("timer-delivery", TimerScenarios::delivery);
    known.put("timer-refusals", TimerScenarios::refusals);
    known.put("timer-recall", TimerScenarios::recall);
  }

  /** `TIMER_DELAY_SEC` is set by `setDelayTimeSec`, and so on. */
  private static Message timed(Message message, String property, long value) throws Exception {
    String method = property.equals("TIMER_DELIVER_MS") ? "setDeliverTimeMs" : property.equals("TIMER_DELAY_SEC") ? "setDelayTimeSec" : "setDelayTimeMs";
    try {
      Message.class.getMethod(method, long.class).invoke(message, value);
    } catch (NoSuchMethodException old) {
      MessageAccessor.putProperty(message, property, String.valueOf(value));
    }
    return message;
  }

  private static Message keyed(String topic, String key) {
    return new Message(topic, "Tag", key, ("body " + key).getBytes(StandardCharsets.UTF_8));
  }

  /** What came, by key, at a consumer that is there from the beginning. */
  private static Map<String, MessageExt> consumed(Context context, String topic, List<String> again) throws Exception {
    Map<String, MessageExt> seen = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      if (seen.put(message.getKeys(), message) != null) {
        again.add(message.getKeys());
      }
      return true;
    });
    consumer.start();
    return seen;
  }

  private static void delivery(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    List<String> again = java.util.Collections.synchronizedList(new ArrayList<>());
    Map<String, MessageExt> seen = consumed(context, topic, again);
    DefaultMQProducer producer = context.producer();
    Map<String, Long> due = new LinkedHashMap<>();
    Map<String, String> handles = new TreeMap<>();
    long now = System.currentTimeMillis();
    Object[][] cases = {
      {"ms", "TIMER_DELAY_MS", 2_345L}, {"ms1", "TIMER_DELAY_MS", 1L}, {"sec", "TIMER_DELAY_SEC", 3L}, {"at", "TIMER_DELIVER_MS", now + 4_321},
      {"atSecond", "TIMER_DELIVER_MS", now / 1000 * 1000 + 5_000}, {"none", "TIMER_DELAY_MS", 0L}, {"past", "TIMER_DELIVER_MS", now - 60_000}, {"negative", "TIMER_DELAY_MS", -5L},
    };
    for (Object[] one : cases) {
      String key = (String) one[0];
      String property = (String) one[1];
      long value = (Long) one[2];
      long sent = System.currentTimeMillis();
      SendResult receipt = producer.send(timed(keyed(topic, key), property, value));
      due.put(key, property.equals("TIMER_DELIVER_MS") ? value : sent + value * (property.equals("TIMER_DELAY_SEC") ? 1_000 : 1));
      handles.put(key, handleOf(receipt, topic));
    }
    // Of two the delay level counts.
    Message level = timed(keyed(topic, "level"), "TIMER_DELAY_MS", 1L);
    level.setDelayTimeLevel(1);
    producer.send(level);
    boolean consumed = Context.within(ARRIVAL_TIMEOUT_MS, () -> seen.size() == due.size() + 1);
    context.facts.put("allConsumed", consumed);
    long lateMs = 0;
    TreeSet<String> early = new TreeSet<>();
    for (Map.Entry<String, Long> one : due.entrySet()) {
      MessageExt message = seen.get(one.getKey());
      long late = message == null ? 0 : message.getStoreTimestamp() - one.getValue();
      lateMs = Math.max(lateMs, late > 30_000 ? 0 : late);
      if (late < 0 && one.getValue() > now) {
        early.add(one.getKey());
      }
    }
    context.facts.put("early", new ArrayList<>(early));
    context.facts.put("twice", again.size());
    // Whether a timer of one millisecond waits at all depends on how fast the broker is.
    handles.remove("ms1");
    context.facts.put("handles", handles);
    MessageExt message = seen.get("ms");
    context.facts.put("properties", message == null ? null : new ArrayList<>(new TreeSet<>(message.getProperties().keySet())));
    context.facts.put("target", message == null ? null : message.getTopic() + " " + topic.equals(message.getProperty("REAL_TOPIC")) + " " + message.getBornHostString());
    context.facts.put("levelProperties", seen.get("level") == null ? null : new ArrayList<>(new TreeSet<>(seen.get("level").getProperties().keySet())));
    context.measurements.put("lateMs", lateMs);
  }

  /** What a handle says, without what differs from run to run. */
  private static String handleOf(SendResult receipt, String topic) throws Exception {
    String handle;
    try {
      handle = (String) SendResult.class.getMethod("getRecallHandle").invoke(receipt);
    } catch (NoSuchMethodException old) {
      return "unknown to the client";
    }
    if (handle == null) {
      return "none";
    }
    String[] parts = new String(Base64.getUrlDecoder().decode(handle), StandardCharsets.UTF_8).split(" ");
    return parts.length + " " + parts[0] + " " + parts[1].equals(topic) + " " + parts[2] + " " + parts[4].equals(receipt.getMsgId());
  }

  private static void refusals(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendFailed(0);
    long now = System.currentTimeMillis();
    Object[][] cases = {
      {"msMost", "TIMER_DELAY_MS", String.valueOf(MAX_DELAY_MS)}, {"msBeyond", "TIMER_DELAY_MS", String.valueOf(MAX_DELAY_MS + 1)},
      {"secMost", "TIMER_DELAY_SEC", "259200"}, {"secBeyond", "TIMER_DELAY_SEC", "259201"},
      {"atBeyond", "TIMER_DELIVER_MS", String.valueOf(now + MAX_DELAY_MS + 3_600_000)}, {"atMost", "TIMER_DELIVER_MS", String.valueOf(now + MAX_DELAY_MS)},
      {"noNumber", "TIMER_DELAY_MS", "abc"}, {"fraction", "TIMER_DELAY_SEC", "1.5"}, {"tooLong", "TIMER_DELIVER_MS", "99999999999999999999"},
      {"lateRecall", "TIMER_DEL_UNIQKEY", "x"},
    };
    for (Object[] one : cases) {
      Message message = keyed(topic, (String) one[0]);
      MessageAccessor.putProperty(message, (String) one[1], (String) one[2]);
      if (one[0].equals("lateRecall")) {
        MessageAccessor.putProperty(message, "TIMER_DELAY_MS", "0");
      }
      context.facts.put((String) one[0], answerOf(() -> producer.send(message).getSendStatus().toString()));
    }
    // The first of several counts.
    Message several = keyed(topic, "several");
    MessageAccessor.putProperty(several, "TIMER_DELIVER_MS", "1");
    MessageAccessor.putProperty(several, "TIMER_DELAY_SEC", "259201");
    context.facts.put("several", answerOf(() -> producer.send(several).getSendStatus().toString()));
    context.facts.put("stored", context.readAll(topic).size());
  }

  private interface Question {
    String ask() throws Exception;
  }

  private static String answerOf(Question question) throws Exception {
    try {
      return question.ask();
    } catch (InvocationTargetException wrapped) {
      if (wrapped.getCause() instanceof MQBrokerException) {
        return "code " + ((MQBrokerException) wrapped.getCause()).getResponseCode();
      }
      throw wrapped;
    } catch (MQBrokerException refused) {
      return "code " + refused.getResponseCode();
    }
  }

  /** With the client's method where it has one. */
  private static String recall(DefaultMQProducer producer, Raw raw, String topic, String handle) throws Exception {
    try {
      var method = DefaultMQProducer.class.getMethod("recallMessage", String.class, String.class);
      return answerOf(() -> (String) method.invoke(producer, topic, handle));
    } catch (NoSuchMethodException old) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("producerGroup", producer.getProducerGroup());
      fields.put("topic", topic);
      fields.put("recallHandle", handle);
      int code = raw.ask(370, fields, new byte[0]);
      return code == 0 ? raw.field("msgId") : "code " + code;
    }
  }

  private static String handle(String version, String topic, String broker, Object time, String key) {
    return Base64.getUrlEncoder().encodeToString((version + " " + topic + " " + broker + " " + time + " " + key).getBytes(StandardCharsets.UTF_8));
  }

  private static void recall(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    String other = context.createTopic(context.name("O"), 1);
    Map<String, MessageExt> seen = consumed(context, topic, new ArrayList<>());
    DefaultMQProducer producer = context.producer();
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      Map<String, String> handles = new LinkedHashMap<>();
      Map<String, String> keys = new LinkedHashMap<>();
      for (int i = 0; i < 4; i++) {
        Map<String, Object> fields = new LinkedHashMap<>();
        String key = context.name("K") + i;
        fields.put("producerGroup", producer.getProducerGroup());
        fields.put("topic", topic);
        fields.put("defaultTopic", "TBW102");
        fields.put("defaultTopicQueueNums", 1);
        fields.put("queueId", 0);
        fields.put("sysFlag", 0);
        fields.put("bornTimestamp", System.currentTimeMillis());
        fields.put("flag", 0);
        fields.put("properties", "KEYS\u0001k" + i + "\u0002UNIQ_KEY\u0001" + key + "\u0002TIMER_DELAY_MS\u00018000\u0002");
        fields.put("reconsumeTimes", 0);
        fields.put("unitMode", false);
        fields.put("batch", false);
        context.facts.put("send" + i, raw.ask(10, fields, "timer".getBytes(StandardCharsets.UTF_8)));
        handles.put("k" + i, raw.field("recallHandle"));
        keys.put("k" + i, key);
      }
      context.facts.put("recalled", recall(producer, raw, topic, handles.get("k0")).equals(keys.get("k0")));
      context.facts.put("recalledTwice", recall(producer, raw, topic, handles.get("k0")).equals(keys.get("k0")));
      context.facts.put("recalledToo", recall(producer, raw, topic, handles.get("k2")).equals(keys.get("k2")));
      long now = System.currentTimeMillis();
      context.facts.put("otherTopic", recall(producer, raw, other, handles.get("k1")));
      context.facts.put("noTopic", recall(producer, raw, context.name("N"), handles.get("k1")));
      context.facts.put("otherBroker", recall(producer, raw, topic, handle("v1", topic, "broker-z", now + 5_000, "x")));
      context.facts.put("past", recall(producer, raw, topic, handle("v1", topic, "broker-a", now - 5_000, "x")));
      context.facts.put("tooFar", recall(producer, raw, topic, handle("v1", topic, "broker-a", now + MAX_DELAY_MS + 3_600_000, "x")));
      context.facts.put("noTime", recall(producer, raw, topic, handle("v1", topic, "broker-a", "soon", "x")));
      context.facts.put("unknownMessage", recall(producer, raw, topic, handle("v1", topic, "broker-a", now + 3_000, "x")));
    }
    context.facts.put("othersConsumed", Context.within(ARRIVAL_TIMEOUT_MS, () -> seen.containsKey("k1") && seen.containsKey("k3")));
    Thread.sleep(QUIET_MS);
    context.facts.put("seen", new ArrayList<>(new TreeSet<>(seen.keySet())));
  }
}
