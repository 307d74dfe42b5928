import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Orderly consumption: order in every queue, and no queue in two hands at once. */
final class OrderlyScenarios {
  private static final int QUEUES = 4;
  /** Of 60 s until locks expire and 20 s until somebody asks for them again; a busy machine needs more. */
  private static final long CRASH_MS = 150_000;

  private OrderlyScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("push-orderly", OrderlyScenarios::alone);
    known.put("orderly-retry", OrderlyScenarios::retry);
    known.put("orderly-handover", OrderlyScenarios::handover);
    known.put("orderly-crash", OrderlyScenarios::crash);
  }

  /** Watches deliveries: what starts, what ends, and in which order offsets of a queue are first seen. */
  private static final class Watch {
    private final Map<Integer, AtomicInteger> busy = new ConcurrentHashMap<>();
    private final Map<Integer, Long> highest = new HashMap<>();
    final AtomicInteger overlaps = new AtomicInteger();
    final AtomicInteger disorders = new AtomicInteger();
    final Ledger ledger = new Ledger();

    boolean deliver(MessageExt message, long workMs) {
      AtomicInteger hands = busy.computeIfAbsent(message.getQueueId(), q -> new AtomicInteger());
      overlaps.addAndGet(hands.incrementAndGet() > 1 ? 1 : 0);
      // A new owner may repeat from an earlier offset, but may never skip: first sightings go up one by one.
      synchronized (highest) {
        Long last = highest.get(message.getQueueId());
        if (last == null || message.getQueueOffset() > last) {
          disorders.addAndGet(last != null && message.getQueueOffset() != last + 1 ? 1 : 0);
          highest.put(message.getQueueId(), message.getQueueOffset());
        }
      }
      ledger.seen(message.getKeys());
      try {
        Thread.sleep(workMs);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
      }
      hands.decrementAndGet();
      return true;
    }

    void report(Context context) {
      ledger.report(context.facts, "");
      context.facts.put("disorders", disorders.get());
      context.facts.put("overlaps", overlaps.get());
    }
  }

  private static void sendInOrder(Context context, String topic, int count, Ledger ledger) throws Exception {
    DefaultMQProducer producer = context.producer();
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    for (int i = 0; i < count; i++) {
      producer.send(SendScenarios.message(topic, i), queues.get(i % queues.size()));
      ledger.sent("k" + i);
    }
  }

  private static void alone(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), QUEUES);
    Watch watch = new Watch();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.orderly(consumer, message -> watch.deliver(message, 0));
    consumer.start();
    sendInOrder(context, topic, 400, watch.ledger);
    Context.within(75_000, watch.ledger::complete);
    watch.report(context);
    context.facts.put("duplicates", watch.ledger.duplicates());
  }

  /** A message that fails blocks its queue and comes again before those after it. */
  private static void retry(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    Ledger ledger = new Ledger();
    StringBuilder order = new StringBuilder();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    consumer.setSuspendCurrentQueueTimeMillis(50);
    Consumers.orderly(consumer, message -> {
      int times = ledger.seen(message.getKeys());
      order.append(message.getKeys()).append(' ');
      return !message.getKeys().equals("k3") || times >= 3;
    });
    consumer.start();
    sendInOrder(context, topic, 6, ledger);
    Context.within(75_000, ledger::complete);
    ledger.report(context.facts, "");
    context.facts.put("order", order.toString().trim());
  }

  private static void handover(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), QUEUES);
    Watch watch = new Watch();
    AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};
    DefaultMQPushConsumer[] consumers = new DefaultMQPushConsumer[2];
    for (int i = 0; i < 2; i++) {
      AtomicInteger count = counts[i];
      consumers[i] = context.pushConsumer(context.group());
      consumers[i].subscribe(topic, "*");
      Consumers.orderly(consumers[i], message -> {
        count.incrementAndGet();
        return watch.deliver(message, 5);
      });
    }
    consumers[0].start();
    sendInOrder(context, topic, 400, watch.ledger);
    Context.await("work of the first", 60_000, () -> counts[0].get() > 20);
    long joining = System.nanoTime();
    consumers[1].start();
    Thread more = new Thread(() -> {
      try {
        for (int wave = 0; wave < 90 && counts[1].get() < 50; wave++) {
          sendWave(context, topic, 400 + wave * 100, watch.ledger);
          Thread.sleep(1_000);
        }
      } catch (Exception failure) {
        System.err.println("send failed: " + failure);
      }
    });
    more.start();
    context.facts.put("secondWorks", Context.within(100_000, () -> counts[1].get() >= 50));
    context.measurements.put("handoverMs", GroupScenarios.elapsedMs(joining));
    more.join();
    consumers[1].shutdown();
    int before = counts[0].get();
    sendWave(context, topic, 100_000, watch.ledger);
    context.facts.put("firstTakesOver", Context.within(90_000, watch.ledger::complete) && counts[0].get() > before);
    context.facts.put("lost", watch.ledger.lost());
    context.facts.put("strangers", watch.ledger.strangers());
    context.facts.put("disorders", watch.disorders.get());
    context.facts.put("overlaps", watch.overlaps.get());
    context.measurements.put("duplicates", watch.ledger.duplicates());
  }

  /**
   * A consumer whose connection breaks keeps its queues until its locks have expired, 60 s after it last renewed them, and works on what it has got for half of that; then the other
   * goes on behind the last offset that was committed. One of the two topics has a single queue, for an order of all its messages: it is its consumer that breaks.
   */
  private static void crash(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), QUEUES);
    String single = context.createTopic(context.name("single"), 1);
    Watch watch = new Watch();
    Watch ofSingle = new Watch();
    List<String> firstSeen = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger[] counts = {new AtomicInteger(), new AtomicInteger()};
    DefaultMQPushConsumer[] consumers = new DefaultMQPushConsumer[2];
    for (int i = 0; i < 2; i++) {
      AtomicInteger count = counts[i];
      consumers[i] = context.pushConsumer(context.group());
      consumers[i].subscribe(topic, "*");
      consumers[i].subscribe(single, "*");
      Consumers.orderly(consumers[i], message -> {
        if (message.getTopic().equals(single)) {
          if (!firstSeen.contains(message.getKeys())) {
            firstSeen.add(message.getKeys());
          }
          return ofSingle.deliver(message, 2);
        }
        count.incrementAndGet();
        return watch.deliver(message, 2);
      });
      consumers[i].start();
      DefaultMQPushConsumer first = consumers[0];
      Context.await("queues of the first", CRASH_MS, () -> Consumers.queues(first, topic) > 0);
    }
    AtomicInteger from = new AtomicInteger();
    for (int wave = 0; wave < 90 && (counts[0].get() < 20 || counts[1].get() < 20); wave++) {
      sendWave(context, topic, from.getAndAdd(100), watch.ledger);
      Thread.sleep(1_000);
    }
    context.facts.put("bothWork", counts[0].get() >= 20 && counts[1].get() >= 20);
    sendWave(context, single, 0, ofSingle.ledger);
    context.facts.put("singleWorks", Context.within(CRASH_MS, () -> ofSingle.ledger.seenDistinct() >= 10));
    int broken = Consumers.queues(consumers[1], single) == 1 ? 1 : 0;
    consumers[broken].getDefaultMQPushConsumerImpl().getmQClientFactory().getMQClientAPIImpl().shutdown();
    long crashed = System.nanoTime();
    sendWave(context, topic, from.getAndAdd(100), watch.ledger);
    sendWave(context, single, 100, ofSingle.ledger);
    context.facts.put("otherTakesOver", Context.within(CRASH_MS, () -> watch.ledger.complete() && ofSingle.ledger.complete()));
    context.measurements.put("takeOverMs", GroupScenarios.elapsedMs(crashed));
    context.facts.put("otherHasSingle", Consumers.queues(consumers[1 - broken], single));
    report(context, "", watch);
    report(context, "single.", ofSingle);
    List<String> inOrder = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      inOrder.add("k" + i);
    }
    context.facts.put("globalOrder", inOrder.equals(firstSeen));
    context.measurements.put("duplicates", watch.ledger.duplicates() + ofSingle.ledger.duplicates());
  }

  private static void report(Context context, String prefix, Watch watch) {
    context.facts.put(prefix + "lost", watch.ledger.lost());
    context.facts.put(prefix + "strangers", watch.ledger.strangers());
    context.facts.put(prefix + "disorders", watch.disorders.get());
    context.facts.put(prefix + "overlaps", watch.overlaps.get());
  }

  private static void sendWave(Context context, String topic, int from, Ledger ledger) throws Exception {
    DefaultMQProducer producer = context.producer();
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    for (int i = from; i < from + 100; i++) {
      producer.send(SendScenarios.message(topic, i), queues.get(i % queues.size()));
      ledger.sent("k" + i);
    }
    producer.shutdown();
  }
}
