import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Messages that come later, or have come too often, or stand in many queues at once. */
final class DelayScenarios {
  private static final int TOPIC = 17;
  private static final int MAX_OFFSET = 30;
  private static final int TIMEOUT_MS = 90_000;
  private static final byte[] NO_BODY = {};

  private DelayScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("delay-levels", DelayScenarios::levels);
    known.put("delay-levels-configured", DelayScenarios::configured);
    known.put("dead-letters", DelayScenarios::deadLetters);
    known.put("light-queues", DelayScenarios::lightQueues);
    known.put("light-queue-quota", DelayScenarios::quota);
  }

  private static void levels(Context context) throws Exception {
    long[] delaysMs = {1_000, 5_000, 10_000};
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    DelayedMessages delayed = new DelayedMessages(context, topic,
        message -> message.getTopic().equals(topic) + " level " + message.getDelayTimeLevel() + " retried " + message.getReconsumeTimes());
    for (int i = 0; i < 30; i++) {
      int level = i % delaysMs.length + 1;
      producer.send(delayed.next(level, delaysMs[level - 1]));
    }
    delayed.report(context);
  }

  /** A broker of two delays of its own; a higher level is the last. */
  private static void configured(Context context) throws Exception {
    long[] delaysMs = {2_000, 4_000};
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    DelayedMessages delayed = new DelayedMessages(context, topic, message -> message.getKeys() + " level " + message.getDelayTimeLevel());
    for (int level : new int[] {1, 2, 3, 18}) {
      producer.send(delayed.next(level, delaysMs[Math.min(level, delaysMs.length) - 1]), new MessageQueue(topic, "broker-a", 0));
    }
    delayed.report(context);
  }

  /** A consumer that fails always, and may be given a message once more: then the message is where nobody consumes. */
  private static void deadLetters(Context context) throws Exception {
    int count = 8;
    String topic = context.createTopic(context.topic(), 2);
    String dead = "%DLQ%" + context.group();
    DefaultMQProducer producer = context.producer();
    Ledger first = new Ledger();
    Ledger again = new Ledger();
    Ledger buried = new Ledger();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.setMaxReconsumeTimes(1);
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      (message.getReconsumeTimes() == 0 ? first : again).seen(message.getKeys());
      return false;
    });
    consumer.start();
    PushScenarios.sendSome(producer, topic, 0, count, first, again, buried);
    Context.within(TIMEOUT_MS, again::complete);
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      Context.await("all in " + dead, TIMEOUT_MS, () -> end(raw, dead) >= count);
      Map<String, Object> readable = new LinkedHashMap<>(Map.of("topic", dead, "defaultTopic", "TBW102", "readQueueNums", 1, "writeQueueNums", 1));
      readable.putAll(Map.of("perm", 6, "topicFilterType", "SINGLE_TAG", "topicSysFlag", 0, "order", false));
      context.facts.put("madeReadable", raw.ask(TOPIC, readable, NO_BODY));
    }
    Context.await("a route of " + dead, TIMEOUT_MS, () -> Context.routed(producer, dead));
    TreeSet<String> asWhat = new TreeSet<>();
    for (MessageExt message : context.readAll(dead)) {
      buried.seen(message.getKeys());
      asWhat.add("queue " + message.getQueueId() + " retried " + message.getReconsumeTimes() + " retry topic " + message.getProperty("RETRY_TOPIC")
          + " origin " + (message.getProperty("ORIGIN_MESSAGE_ID") != null) + " tag " + message.getTags().startsWith("Tag"));
    }
    first.report(context.facts, "first.");
    again.report(context.facts, "again.");
    buried.report(context.facts, "buried.");
    context.facts.put("buried.duplicates", buried.duplicates());
    context.facts.put("asWhat", new ArrayList<>(asWhat));
  }

  private static long end(Raw raw, String topic) {
    try {
      int code = raw.ask(MAX_OFFSET, Map.of("topic", topic, "queueId", 0), NO_BODY);
      return code == 0 ? Long.parseLong(raw.field("offset")) : 0;
    } catch (Exception broken) {
      throw new IllegalStateException("the broker does not tell the end of " + topic, broken);
    }
  }

  /** One message in queues of several names, each with offsets of its own. */
  private static void lightQueues(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    String[] names = {"%LMQ%" + context.name("a"), "%LMQ%" + context.name("b")};
    for (int i = 0; i < 20; i++) {
      Message message = SendScenarios.message(topic, i);
      message.putUserProperty("INNER_MULTI_DISPATCH", i % 2 == 0 ? names[0] + "," + names[1] : names[0]);
      producer.send(message);
    }
    DefaultMQPullConsumer consumer = context.pullConsumer(context.group());
    // Light queues have no route; so the client has to know the broker by another topic of it.
    for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
      consumer.maxOffset(queue);
    }
    for (int n = 0; n < names.length; n++) {
      MessageQueue queue = new MessageQueue(names[n], "broker-a", 0);
      int wanted = n == 0 ? 20 : 10;
      List<String> found = new ArrayList<>();
      Context.within(TIMEOUT_MS, () -> {
        PullResult result = pulled(consumer, queue, found.size());
        if (result.getMsgFoundList() != null) {
          for (MessageExt message : result.getMsgFoundList()) {
            found.add(message.getKeys() + " of " + message.getTopic().equals(topic) + " at " + message.getProperty("INNER_MULTI_QUEUE_OFFSET"));
          }
        }
        return found.size() >= wanted;
      });
      context.facts.put(n + ".lost", Math.max(0, wanted - found.size()));
      context.facts.put(n + ".found", found);
      context.facts.put(n + ".atEnd", pulled(consumer, queue, wanted).getPullStatus().toString());
      context.facts.put(n + ".end", consumer.maxOffset(queue));
    }
    context.facts.put("inTheTopic", context.readAll(topic).size());
  }

  /** Two light queues are there at most; the names are the same for all clients, of which the second finds them made. */
  private static void quota(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    DefaultMQPullConsumer consumer = context.pullConsumer(context.group());
    for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
      consumer.maxOffset(queue);
    }
    Ledger ledger = new Ledger();
    List<String> outcomes = new ArrayList<>();
    boolean namesLimit = true;
    String[] wishes = {"a", "b", "c", "a", "a,b", "b,c", "d", "", "b"};
    for (int i = 0; i < wishes.length; i++) {
      Message message = SendScenarios.message(topic, i);
      String[] names = wishes[i].isEmpty() ? new String[0] : wishes[i].split(",");
      if (names.length > 0) {
        message.putUserProperty("INNER_MULTI_DISPATCH", "%LMQ%" + String.join(",%LMQ%", names));
      }
      try {
        producer.send(message);
        ledger.sent(message.getKeys());
        outcomes.add(wishes[i] + ": taken");
        for (String name : names) {
          MessageQueue queue = new MessageQueue("%LMQ%" + name, "broker-a", 0);
          // It is counted once it is there, a moment after the answer.
          Context.await(queue + " with " + message.getKeys(), TIMEOUT_MS, () -> last(consumer, queue).equals(message.getKeys()));
        }
      } catch (MQBrokerException refused) {
        String remark = String.valueOf(refused.getErrorMessage());
        outcomes.add(wishes[i] + ": " + refused.getResponseCode() + " " + remark.replaceAll("(?<=\\]).*", ""));
        namesLimit &= remark.contains("maxLmqConsumeQueueNum");
      }
    }
    context.facts.put("outcomes", outcomes);
    context.facts.put("namesLimit", namesLimit);
    context.readAll(topic).forEach(message -> ledger.seen(message.getKeys()));
    ledger.report(context.facts, "");
  }

  /** The key of the last message of a queue, as soon as it is there. */
  private static String last(DefaultMQPullConsumer consumer, MessageQueue queue) {
    try {
      long end = consumer.maxOffset(queue);
      PullResult result = end == 0 ? null : pulled(consumer, queue, end - 1);
      return result == null || result.getMsgFoundList() == null ? "" : result.getMsgFoundList().get(0).getKeys();
    } catch (MQClientException refused) {
      throw new IllegalStateException("the end of " + queue + " is not told: " + refused, refused);
    }
  }

  private static PullResult pulled(DefaultMQPullConsumer consumer, MessageQueue queue, long offset) {
    try {
      return consumer.pull(queue, "*", offset, 32);
    } catch (Exception refused) {
      throw new IllegalStateException("a pull of " + queue.getTopic() + " is refused: " + refused, refused);
    }
  }
}
