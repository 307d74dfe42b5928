import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** What settings of groups and brokers make of retries and broadcasts. */
final class RuleScenarios {
  private static final int PULL = 11;
  private static final int MAX_OFFSET = 30;
  private static final int MEMBERS = 38;
  private static final int GROUP = 200;
  private static final int TIMEOUT_MS = 90_000;
  private static final byte[] NO_BODY = {};

  private RuleScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("retry-resent", RuleScenarios::resent);
    known.put("broadcast-forbidden", RuleScenarios::forbidden);
  }

  /** A consumer that names a wrong place for what it gives back is refused, and its client sends the message to the retry topic, as a new one. */
  private static void resent(Context context) throws Exception {
    int count = 6;
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    Ledger first = new Ledger();
    Ledger again = new Ledger();
    TreeSet<String> seenAs = new TreeSet<>();
    Map<String, Long> failedAt = new ConcurrentHashMap<>();
    AtomicInteger early = new AtomicInteger();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      if (message.getReconsumeTimes() == 0) {
        first.seen(message.getKeys());
        failedAt.put(message.getKeys(), System.currentTimeMillis());
        message.setCommitLogOffset(1L << 40);
        return false;
      }
      early.addAndGet(System.currentTimeMillis() - failedAt.get(message.getKeys()) < 10_000 ? 1 : 0);
      synchronized (seenAs) {
        seenAs.add(message.getTopic().equals(topic) + " times " + message.getReconsumeTimes() + " level " + message.getDelayTimeLevel() + " retry "
            + topic.equals(message.getProperty("RETRY_TOPIC")) + " origin " + (message.getProperty("ORIGIN_MESSAGE_ID") != null) + " body "
            + new String(message.getBody(), StandardCharsets.UTF_8).equals("body " + message.getKeys().substring(1)) + " " + new TreeSet<>(message.getProperties().keySet()));
      }
      return again.seen(message.getKeys()) > 0;
    });
    consumer.start();
    for (int i = 0; i < count; i++) {
      Message message = SendScenarios.message(topic, i);
      producer.send(message);
      first.sent(message.getKeys());
      again.sent(message.getKeys());
    }
    Context.within(TIMEOUT_MS, again::complete);
    first.report(context.facts, "first.");
    again.report(context.facts, "again.");
    context.facts.put("early", early.get());
    context.facts.put("seenAs", new ArrayList<>(seenAs));
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      raw.ask(MAX_OFFSET, Map.of("topic", "%RETRY%" + context.group(), "queueId", 0), NO_BODY);
      // A client that has no answer in time sends twice.
      context.facts.put("inRetryTopic", Integer.parseInt(raw.field("offset")) >= count);
    }
  }

  /** A group that may not broadcast: its pulls are refused while its consumers say that they do. */
  private static void forbidden(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    String group = context.group();
    DefaultMQPushConsumer consumer = context.pushConsumer(group);
    Consumers.broadcast(consumer);
    consumer.subscribe(topic, "*");
    AtomicInteger seen = new AtomicInteger();
    Consumers.concurrently(consumer, message -> seen.incrementAndGet() > 0);
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      context.facts.put("forbid", rule(raw, group, false));
      consumer.start();
      Context.await("the heartbeat", TIMEOUT_MS, () -> isMember(raw, group));
      context.producer().send(SendScenarios.message(topic, 0));
      context.facts.put("refused", pull(raw, group, topic));
      context.facts.put("seenMeanwhile", seen.get());
      context.facts.put("allow", rule(raw, group, true));
      context.facts.put("allowed", pull(raw, group, topic));
      context.facts.put("seen", Context.within(TIMEOUT_MS, () -> seen.get() == 1));
    }
  }

  private static int rule(Raw raw, String group, boolean broadcast) throws Exception {
    Map<String, Object> settings = new LinkedHashMap<>(Map.of("groupName", group, "consumeEnable", true, "consumeFromMinEnable", true, "consumeBroadcastEnable", broadcast));
    settings.putAll(Map.of("retryQueueNums", 1, "retryMaxTimes", 16, "brokerId", 0, "whichBrokerWhenConsumeSlowly", 1, "notifyConsumerIdsChangedEnable", true));
    return raw.ask(GROUP, Map.of(), Json.write(settings).getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isMember(Raw raw, String group) {
    try {
      return raw.ask(MEMBERS, Map.of("consumerGroup", group), NO_BODY) == 0;
    } catch (Exception broken) {
      throw new IllegalStateException("the broker does not tell the members of " + group + ": " + broken, broken);
    }
  }

  private static int pull(Raw raw, String group, String topic) throws Exception {
    Map<String, Object> request = new LinkedHashMap<>(Map.of("consumerGroup", group, "topic", topic, "queueId", 0, "queueOffset", 0, "maxMsgNums", 32));
    request.putAll(Map.of("sysFlag", 0, "commitOffset", 0, "suspendTimeoutMillis", 0, "subVersion", 0, "expressionType", "TAG"));
    return raw.ask(PULL, request, NO_BODY);
  }
}
