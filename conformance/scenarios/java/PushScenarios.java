import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Push consumers that are alone in their group, and broadcasting. */
final class PushScenarios {
  private PushScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("push-concurrent", PushScenarios::concurrent);
    known.put("broadcasting", PushScenarios::broadcasting);
    known.put("topic-priority", PushScenarios::topicPriority);
    known.put("tag-filter", PushScenarios::tags);
    known.put("sql-filter", PushScenarios::sql);
    known.put("restart-at-committed", PushScenarios::restart);
    known.put("retry-after-failure", PushScenarios::retry);
  }

  static void sendSome(DefaultMQProducer producer, String topic, int from, int to, Ledger... ledgers) throws Exception {
    for (int i = from; i < to; i++) {
      producer.send(SendScenarios.message(topic, i));
      for (Ledger ledger : ledgers) {
        ledger.sent("k" + i);
      }
    }
  }

  /** Some messages wait for the consumer, most arrive while it runs. */
  private static void concurrent(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    Ledger ledger = new Ledger();
    sendSome(producer, topic, 0, 200, ledger);
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> ledger.seen(message.getKeys()) > 0);
    consumer.start();
    sendSome(producer, topic, 200, 1200, ledger);
    Context.within(75_000, ledger::complete);
    ledger.report(context.facts, "");
    context.facts.put("duplicates", ledger.duplicates());
  }

  private static void broadcasting(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    Ledger[] ledgers = {new Ledger(), new Ledger()};
    for (Ledger ledger : ledgers) {
      DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
      Consumers.broadcast(consumer);
      consumer.subscribe(topic, "*");
      Consumers.concurrently(consumer, message -> ledger.seen(message.getKeys()) > 0);
      consumer.start();
      Context.await("all queues", 75_000, () -> Consumers.queues(consumer, topic) == 4);
    }
    sendSome(producer, topic, 0, 200, ledgers);
    for (int i = 0; i < ledgers.length; i++) {
      Context.within(75_000, ledgers[i]::complete);
      ledgers[i].report(context.facts, i + ".");
      context.facts.put(i + ".duplicates", ledgers[i].duplicates());
    }
  }

  /** "Aa" and "BB" have the same Java hash, which is all that a consume queue knows of a tag. */
  private static void tags(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    String[] tags = {"TagA", "TagB", "TagC", "Aa", "BB", null};
    Map<String, Set<String>> expected = new ConcurrentHashMap<>();
    Map<String, Set<String>> got = new ConcurrentHashMap<>();
    String[] expressions = {"TagA || TagB", "Aa", "BB || TagC", "*", "none"};
    for (String expression : expressions) {
      got.put(expression, new ConcurrentSkipListSet<>());
      expected.put(expression, new TreeSet<>());
      DefaultMQPushConsumer consumer = context.pushConsumer(context.name("G" + expression.replaceAll("[^A-Za-z]", "")));
      consumer.subscribe(topic, expression);
      Consumers.concurrently(consumer, message -> {
        got.get(expression).add(message.getKeys());
        return true;
      });
      consumer.start();
    }
    for (int i = 0; i < 240; i++) {
      String tag = tags[i % tags.length];
      producer.send(new Message(topic, tag, "k" + i, "body".getBytes()));
      for (String expression : expressions) {
        if (expression.equals("*") || tag != null && Set.of(expression.split(" \\|\\| ")).contains(tag)) {
          expected.get(expression).add("k" + i);
        }
      }
    }
    Context.within(75_000, () -> got.entrySet().stream().allMatch(e -> e.getValue().size() >= expected.get(e.getKey()).size()));
    long lost = 0;
    for (String expression : expressions) {
      Set<String> missing = new TreeSet<>(expected.get(expression));
      missing.removeAll(got.get(expression));
      lost += missing.size();
      context.facts.put("got " + expression, got.get(expression).size());
      context.facts.put("exact " + expression, got.get(expression).equals(expected.get(expression)));
    }
    context.facts.put("lost", lost);
  }

  /** What each of some expressions lets pass, and how the broker answers one that is none. */
  private static void sql(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    Map<String, Set<String>> got = new ConcurrentHashMap<>();
    String[] expressions = {
      "price BETWEEN 5 AND 9 OR colour = 'red'", "colour IS NULL AND price > 3", "NOT (price > 2.5)", "TAGS IN ('even')",
      "name STARTSWITH 'n1' AND colour <> 'red'", "price > 5 AND TRUE"
    };
    int next = 0;
    for (String expression : expressions) {
      got.put(expression, new ConcurrentSkipListSet<>());
      DefaultMQPushConsumer consumer = context.pushConsumer(context.name("G" + next++));
      consumer.subscribe(topic, MessageSelector.bySql(expression));
      Consumers.concurrently(consumer, message -> {
        got.get(expression).add(message.getKeys());
        return true;
      });
      consumer.start();
    }
    for (int i = 0; i < 40; i++) {
      Message message = new Message(topic, i % 2 == 0 ? "even" : "odd", "k" + i, "body".getBytes());
      message.putUserProperty("price", i % 13 == 12 ? "dear" : String.valueOf(i % 13));
      message.putUserProperty("name", "n" + i);
      if (i % 3 > 0) {
        message.putUserProperty("colour", i % 3 == 1 ? "red" : "blue");
      }
      producer.send(message);
    }
    int[] wanted = {22, 8, 10, 20, 3, 18};
    Context.within(75_000, () -> {
      int complete = 0;
      for (int e = 0; e < expressions.length; e++) {
        complete += got.get(expressions[e]).size() >= wanted[e] ? 1 : 0;
      }
      return complete == expressions.length;
    });
    for (String expression : expressions) {
      context.facts.put(expression, new TreeSet<>(got.get(expression)).toString());
    }
    DefaultMQPushConsumer broken = context.pushConsumer(context.name("broken"));
    broken.subscribe(topic, MessageSelector.bySql("price > AND 5"));
    Consumers.concurrently(broken, message -> true);
    try {
      broken.start();
      context.facts.put("broken", "started");
    } catch (MQClientException refused) {
      context.facts.put("broken", refused.getResponseCode());
    }
  }

  /** As the documentation has it: a topic, and a group, for each priority. What is not urgent waits at its listener until what is has been seen, so it could hold it up for ever. */
  private static void topicPriority(Context context) throws Exception {
    String urgent = context.createTopic(context.name("urgent"), 1);
    String usual = context.createTopic(context.name("usual"), 1);
    CountDownLatch isUrgentSeen = new CountDownLatch(1);
    Ledger ledger = new Ledger();
    DefaultMQProducer producer = context.producer();
    sendSome(producer, usual, 0, 200, ledger);
    AtomicInteger started = new AtomicInteger();
    DefaultMQPushConsumer slow = context.pushConsumer(context.name("usual_G"));
    slow.subscribe(usual, "*");
    Consumers.concurrently(slow, message -> {
      started.incrementAndGet();
      ledger.seen(message.getKeys());
      return awaited(isUrgentSeen);
    });
    slow.start();
    DefaultMQPushConsumer quick = context.pushConsumer(context.name("urgent_G"));
    quick.subscribe(urgent, "*");
    Consumers.concurrently(quick, message -> {
      isUrgentSeen.countDown();
      return true;
    });
    quick.start();
    context.facts.put("backlog", Context.within(75_000, () -> started.get() > 0));
    producer.send(SendScenarios.message(urgent, 0));
    context.facts.put("urgentSeen", awaited(isUrgentSeen));
    Context.within(75_000, ledger::complete);
    ledger.report(context.facts, "");
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(75, TimeUnit.SECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void restart(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    Ledger[] ledgers = {new Ledger(), new Ledger()};
    for (int life = 0; life < 2; life++) {
      Ledger ledger = ledgers[life];
      sendSome(producer, topic, life * 100, life * 100 + 100, ledger);
      DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
      consumer.subscribe(topic, "*");
      Consumers.concurrently(consumer, message -> ledger.seen(message.getKeys()) > 0);
      consumer.start();
      Context.within(75_000, ledger::complete);
      Consumers.commit(context, topic, 4, consumer.getDefaultMQPushConsumerImpl()::persistConsumerOffset);
      consumer.shutdown();
      ledger.report(context.facts, life + ".");
      context.facts.put(life + ".duplicates", ledger.duplicates());
    }
  }

  private static void retry(Context context) throws Exception {
    int count = 20;
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    Ledger first = new Ledger();
    Ledger again = new Ledger();
    AtomicInteger oddTopic = new AtomicInteger();
    AtomicInteger oddBody = new AtomicInteger();
    AtomicLong slowestMs = new AtomicLong();
    Map<String, Long> failedAt = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      if (message.getReconsumeTimes() == 0) {
        first.seen(message.getKeys());
        failedAt.put(message.getKeys(), System.currentTimeMillis());
        return false;
      }
      oddTopic.addAndGet(message.getTopic().equals(topic) && message.getReconsumeTimes() == 1 ? 0 : 1);
      oddBody.addAndGet(new String(message.getBody()).equals("body " + message.getKeys().substring(1)) ? 0 : 1);
      slowestMs.accumulateAndGet(System.currentTimeMillis() - failedAt.get(message.getKeys()), Math::max);
      return again.seen(message.getKeys()) > 0;
    });
    consumer.start();
    sendSome(producer, topic, 0, count, first, again);
    Context.within(100_000, again::complete);
    first.report(context.facts, "first.");
    again.report(context.facts, "again.");
    context.facts.put("again.duplicates", again.duplicates());
    context.facts.put("oddTopicOrTimes", oddTopic.get());
    context.facts.put("oddBody", oddBody.get());
    context.measurements.put("slowestRetryMs", slowestMs.get());
  }
}
