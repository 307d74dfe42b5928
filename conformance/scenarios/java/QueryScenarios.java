import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages by key. */
final class QueryScenarios {
  private static final int MESSAGES = 40;
  private static final long PATIENCE_MS = 75_000;

  private QueryScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("query-message", QueryScenarios::query);
  }

  private static void query(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    long before = System.currentTimeMillis() - 60_000;
    long after = System.currentTimeMillis() + 3_600_000;
    List<SendResult> receipts = new ArrayList<>();
    for (int i = 0; i < MESSAGES; i++) {
      // "Aa" and "BB" have one hash.
      String keys = "all k" + i + (i == 7 ? " Aa" : i == 8 ? " BB  schlüssel-😀" : "");
      receipts.add(producer.send(new Message(topic, "Tag" + i % 2, keys, ("m" + i).getBytes())));
    }
    // An Apache broker indexes a moment after it has acknowledged.
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    while (count(producer, topic, "k" + (MESSAGES - 1), 1, before, after) != 1 && System.currentTimeMillis() < deadline) {
      Thread.sleep(50);
    }
    context.facts.put("byKey", bodies(producer, topic, "k5", 10, before, after));
    context.facts.put("lastOnes", bodies(producer, topic, "all", 3, before, after));
    context.facts.put("allOfThem", bodies(producer, topic, "all", 1_000, before, after));
    context.facts.put("collision", bodies(producer, topic, "Aa", 10, before, after));
    context.facts.put("unicode", bodies(producer, topic, "schlüssel-😀", 10, before, after));
    context.facts.put("absentKey", bodies(producer, topic, "none", 10, before, after));
    context.facts.put("tagIsNoKey", bodies(producer, topic, "Tag1", 10, before, after));
    context.facts.put("absentTopic", bodies(producer, topic + "x", "all", 10, before, after));
    context.facts.put("tooEarly", bodies(producer, topic, "all", 10, before - 60_000, before));
    context.facts.put("tooLate", bodies(producer, topic, "all", 10, after, after + 60_000));
    SendResult receipt = receipts.get(9);
    context.facts.put("byUniqueKey", view(producer, topic, receipt.getMsgId()));
    context.facts.put("byOffsetId", view(producer, topic, receipt.getOffsetMsgId()));
    context.facts.put("uniqueKeyAsKey", count(producer, topic, receipt.getMsgId(), 10, before, after));
    String id = receipt.getMsgId();
    context.facts.put("absentUniqueKey", view(producer, topic, id.substring(0, id.length() - 4) + "FFFE"));
  }

  private static Object view(DefaultMQProducer producer, String topic, String id) {
    try {
      MessageExt found = producer.viewMessage(topic, id);
      return found == null ? "nothing" : new String(found.getBody()) + " at " + found.getQueueOffset() + " keys " + found.getKeys();
    } catch (Exception refused) {
      return describe(refused);
    }
  }

  private static int count(DefaultMQProducer producer, String topic, String key, int max, long begin, long end) {
    Object bodies = bodies(producer, topic, key, max, begin, end);
    return bodies instanceof List ? ((List<?>) bodies).size() : 0;
  }

  /** The bodies in the order of the answer, or the kind and code of the refusal. */
  private static Object bodies(DefaultMQProducer producer, String topic, String key, int max, long begin, long end) {
    try {
      QueryResult result = producer.queryMessage(topic, key, max, begin, end);
      List<String> bodies = new ArrayList<>();
      for (MessageExt message : result.getMessageList()) {
        bodies.add(new String(message.getBody()));
      }
      return bodies;
    } catch (Exception refused) {
      return describe(refused);
    }
  }

  private static String describe(Exception refused) {
    Object code = refused instanceof MQClientException ? ((MQClientException) refused).getResponseCode() : "";
    return (refused.getClass().getSimpleName() + " " + code).trim();
  }
}
