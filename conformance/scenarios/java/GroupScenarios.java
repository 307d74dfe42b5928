import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Two consumers share a group: who joins or leaves is noticed at once, under a running producer. */
final class GroupScenarios {
  private static final int QUEUES = 4;

  private GroupScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("group-join-leave", context -> joinAndLeave(context, false));
    known.put("group-crash", context -> joinAndLeave(context, true));
  }

  private static void joinAndLeave(Context context, boolean crash) throws Exception {
    String topic = context.createTopic(context.topic(), QUEUES);
    Ledger ledger = new Ledger();
    AtomicInteger seenByFirst = new AtomicInteger();
    AtomicInteger seenBySecond = new AtomicInteger();
    AtomicBoolean stop = new AtomicBoolean();
    DefaultMQPushConsumer first = consumer(context, topic, ledger, seenByFirst);
    first.start();
    Context.await("all queues of the first", 75_000, () -> Consumers.queues(first, topic) == QUEUES);
    // A client suppresses rebalances that follow each other within a second; members do not join in the same one.
    Thread.sleep(1_500);
    DefaultMQProducer producer = context.producer();
    Thread sender = new Thread(() -> sendUntil(stop, producer, topic, ledger));
    sender.start();

    DefaultMQPushConsumer second = consumer(context, topic, ledger, seenBySecond);
    long joining = System.nanoTime();
    second.start();
    context.facts.put("joined", Context.within(45_000, () -> Consumers.queues(first, topic) == 2 && Consumers.queues(second, topic) == 2));
    context.measurements.put("joinMs", elapsedMs(joining));
    // A client whose heartbeats cross each other is told that its subscription is not the latest until the next one, up to 30 s later.
    int before = seenBySecond.get();
    context.facts.put("secondWorks", Context.within(60_000, () -> seenBySecond.get() > before));
    Thread.sleep(1_500);

    long leaving = System.nanoTime();
    Thread closing;
    if (crash) {
      // The connection breaks without a word; no request of this client reaches the broker any more.
      closing = new Thread(() -> second.getDefaultMQPushConsumerImpl().getmQClientFactory().getMQClientAPIImpl().shutdown());
    } else {
      // Beside the watch: what a shutdown does after it has unregistered is not part of the measure.
      closing = new Thread(second::shutdown);
    }
    closing.start();
    context.facts.put("tookOver", Context.within(45_000, () -> Consumers.queues(first, topic) == QUEUES));
    context.measurements.put("leaveMs", elapsedMs(leaving));
    closing.join();
    Thread.sleep(300);
    stop.set(true);
    sender.join();
    Context.within(75_000, ledger::complete);
    context.facts.put("lost", ledger.lost());
    context.facts.put("strangers", ledger.strangers());
    context.measurements.put("sent", ledger.seenDistinct());
    context.measurements.put("duplicates", ledger.duplicates());
  }

  private static DefaultMQPushConsumer consumer(Context context, String topic, Ledger ledger, AtomicInteger count) throws Exception {
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      count.incrementAndGet();
      return ledger.seen(message.getKeys()) > 0;
    });
    return consumer;
  }

  static void sendUntil(AtomicBoolean stop, DefaultMQProducer producer, String topic, Ledger ledger) {
    for (int i = 0; !stop.get(); i++) {
      try {
        producer.send(SendScenarios.message(topic, i));
        ledger.sent("k" + i);
        Thread.sleep(5);
      } catch (Exception failure) {
        System.err.println("send failed: " + failure);
      }
    }
  }

  static long elapsedMs(long sinceNs) {
    return (System.nanoTime() - sinceNs) / 1_000_000;
  }
}
