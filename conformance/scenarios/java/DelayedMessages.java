import java.util.ArrayList;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages of delay levels, and a consumer of them: whether each comes, not before it is due, and as what. */
final class DelayedMessages {
  private static final int TIMEOUT_MS = 90_000;

  private final String topic;
  private final Ledger ledger = new Ledger();
  private final Map<String, Long> dueAt = new ConcurrentHashMap<>();
  private final AtomicInteger early = new AtomicInteger();
  private final AtomicLong latestMs = new AtomicLong();
  private final TreeSet<String> seenAs = new TreeSet<>();
  private int made;

  /** Begins to consume. */
  DelayedMessages(Context context, String topic, Function<MessageExt, String> asWhat) throws Exception {
    this.topic = topic;
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      long lateMs = System.currentTimeMillis() - dueAt.get(message.getKeys());
      early.addAndGet(lateMs < 0 ? 1 : 0);
      latestMs.accumulateAndGet(lateMs, Math::max);
      synchronized (seenAs) {
        seenAs.add(asWhat.apply(message));
      }
      return ledger.seen(message.getKeys()) > 0;
    });
    consumer.start();
  }

  /** The next message, to be sent at once: what is due is counted from before the send, and clocks tick in milliseconds. */
  Message next(int level, long delayMs) {
    Message message = SendScenarios.message(topic, made++);
    message.setDelayTimeLevel(level);
    dueAt.put(message.getKeys(), System.currentTimeMillis() + delayMs);
    ledger.sent(message.getKeys());
    return message;
  }

  /** Waits until all have come. */
  void report(Context context) throws Exception {
    Context.within(TIMEOUT_MS, ledger::complete);
    ledger.report(context.facts, "");
    context.facts.put("early", early.get());
    synchronized (seenAs) {
      context.facts.put("seenAs", new ArrayList<>(seenAs));
    }
    context.measurements.put("latestMs", latestMs.get());
  }
}
