import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What is refused, and with which code: asked over a bare connection, because client libraries check first. */
final class RefusalScenarios {
  private static final byte[] NO_BODY = {};
  private static final byte[] BODY = "body".getBytes();

  private RefusalScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("refused-sends", RefusalScenarios::sends);
    known.put("refused-pulls", RefusalScenarios::pulls);
    known.put("refused-questions", RefusalScenarios::questions);
  }

  private static Map<String, Object> fields(Object... pairs) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      fields.put((String) pairs[i], pairs[i + 1]);
    }
    return fields;
  }

  private static Map<String, Object> send(String topic, UnaryOperator<Map<String, Object>> change) {
    return change.apply(fields("producerGroup", "P", "topic", topic, "defaultTopic", "TBW102", "defaultTopicQueueNums", 4, "queueId", 0, "sysFlag", 0,
        "bornTimestamp", System.currentTimeMillis(), "flag", 0, "properties", "", "reconsumeTimes", 0, "unitMode", false, "batch", false));
  }

  private static UnaryOperator<Map<String, Object>> with(String name, Object value) {
    return fields -> {
      fields.put(name, value);
      return fields;
    };
  }

  private static UnaryOperator<Map<String, Object>> without(String name) {
    return fields -> {
      fields.remove(name);
      return fields;
    };
  }

  private static void sends(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      Map<String, Object> facts = context.facts;
      UnaryOperator<Map<String, Object>> asIs = fields -> fields;
      facts.put("good", raw.ask(10, send(topic, asIs), BODY));
      facts.put("anyQueue", raw.ask(10, send(topic, with("queueId", -1)), BODY));
      facts.put("queueTooHigh", raw.ask(10, send(topic, with("queueId", 4)), BODY));
      facts.put("noSuchTemplate", raw.ask(10, send(context.name("absent"), with("defaultTopic", "NoSuchTemplate")), BODY));
      for (String odd : new String[] {"", "a b", "a#b", "a.b", "a:b", "\u6d88\u606f", "x".repeat(128), "x".repeat(300)}) {
        facts.put("topic " + (odd.length() > 20 ? odd.length() + " long" : odd), raw.ask(10, send(odd, asIs), BODY));
      }
      for (String reserved : new String[] {"SCHEDULE_TOPIC_XXXX", "RMQ_SYS_TRANS_HALF_TOPIC", "RMQ_SYS_TRANS_OP_HALF_TOPIC", "TRANS_CHECK_MAX_TIME_TOPIC", "SELF_TEST_TOPIC",
          "OFFSET_MOVED_EVENT", "TBW102"}) {
        facts.put(reserved, raw.ask(10, send(reserved, asIs), BODY));
      }
      facts.put("noTopicField", raw.ask(10, send(topic, without("topic")), BODY));
      facts.put("noGroupField", raw.ask(10, send(topic, without("producerGroup")), BODY));
      facts.put("retryTopicOfUnknownGroup", raw.ask(10, send("%RETRY%" + context.name("absent"), asIs), BODY));
      facts.put("batchToRetryTopic", raw.ask(320, send("%RETRY%" + context.group(), with("batch", true)), BODY));
      facts.put("longProperties", raw.ask(10, send(topic, with("properties", "k\u0001" + "v".repeat(33_000) + "\u0002")), BODY));
    }
  }

  private static Map<String, Object> pull(String group, String topic, int queue, long offset, UnaryOperator<Map<String, Object>> change) {
    return change.apply(fields("consumerGroup", group, "topic", topic, "queueId", queue, "queueOffset", offset, "maxMsgNums", 32, "sysFlag", 4, "commitOffset", 0,
        "suspendTimeoutMillis", 0, "subscription", "*", "subVersion", 0, "expressionType", "TAG"));
  }

  private static void pulls(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    String group = context.group();
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      Map<String, Object> facts = context.facts;
      UnaryOperator<Map<String, Object>> asIs = fields -> fields;
      facts.put("found", raw.ask(11, pull(group, topic, 0, 0, asIs), NO_BODY));
      facts.put("atEnd", raw.ask(11, pull(group, topic, 0, 1, asIs), NO_BODY));
      facts.put("beyondEnd", raw.ask(11, pull(group, topic, 0, 5, asIs), NO_BODY));
      facts.put("negative", raw.ask(11, pull(group, topic, 0, -1, asIs), NO_BODY));
      facts.put("emptyGroup", raw.ask(11, pull("", topic, 0, 0, asIs), NO_BODY));
      facts.put("noGroup", raw.ask(11, pull(group, topic, 0, 0, without("consumerGroup")), NO_BODY));
      facts.put("unknownTopic", raw.ask(11, pull(group, context.name("absent"), 0, 0, asIs), NO_BODY));
      facts.put("emptyTopic", raw.ask(11, pull(group, "", 0, 0, asIs), NO_BODY));
      facts.put("queueTooHigh", raw.ask(11, pull(group, topic, 4, 0, asIs), NO_BODY));
      facts.put("queueNegative", raw.ask(11, pull(group, topic, -1, 0, asIs), NO_BODY));
      facts.put("zeroMessages", raw.ask(11, pull(group, topic, 0, 0, with("maxMsgNums", 0)), NO_BODY));
      facts.put("noSubscription", raw.ask(11, pull(context.name("offline"), topic, 0, 0, with("sysFlag", 0)), NO_BODY));
      facts.put("badNumber", raw.ask(11, pull(group, topic, 0, 0, with("queueOffset", "many")), NO_BODY));
    }
  }

  private static void questions(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    String absent = context.name("absent");
    try (Raw raw = new Raw(context.brokerOf(topic)); Raw namesrv = new Raw(context.namesrv)) {
      Map<String, Object> facts = context.facts;
      facts.put("unknownCode", raw.ask(32_123, fields(), NO_BODY));
      facts.put("unknownCodeNamesrv", namesrv.ask(32_123, fields(), NO_BODY));
      facts.put("offsetNeverCommitted", raw.ask(14, fields("consumerGroup", absent, "topic", topic, "queueId", 0), NO_BODY));
      facts.put("offsetNotFoundWanted", raw.ask(14, fields("consumerGroup", absent, "topic", topic, "queueId", 0, "setZeroIfNotFound", false), NO_BODY));
      facts.put("offsetOfUnknownTopic", raw.ask(14, fields("consumerGroup", absent, "topic", absent, "queueId", 0), NO_BODY));
      facts.put("commitUnknownTopic", raw.ask(15, fields("consumerGroup", absent, "topic", absent, "queueId", 0, "commitOffset", 1), NO_BODY));
      facts.put("commitUnknownQueue", raw.ask(15, fields("consumerGroup", absent, "topic", topic, "queueId", 9, "commitOffset", 1), NO_BODY));
      facts.put("maxOffsetUnknownTopic", raw.ask(30, fields("topic", absent, "queueId", 0), NO_BODY));
      facts.put("searchUnknownTopic", raw.ask(29, fields("topic", absent, "queueId", 0, "timestamp", 0), NO_BODY));
      facts.put("membersOfUnknownGroup", raw.ask(38, fields("consumerGroup", absent), NO_BODY));
      facts.put("sendBackUnknownGroup", raw.ask(36, fields("offset", 0, "group", absent, "delayLevel", 0, "originMsgId", "x", "originTopic", topic), NO_BODY));
      facts.put("routeOfUnknownTopic", namesrv.ask(105, fields("topic", absent), NO_BODY));
      facts.put("routeOfTopic", namesrv.ask(105, fields("topic", topic), NO_BODY));
      facts.put("clusterInfo", namesrv.ask(106, fields(), NO_BODY));
      facts.put("kvConfigAbsent", namesrv.ask(101, fields("namespace", "N", "key", absent), NO_BODY));
    }
  }
}
