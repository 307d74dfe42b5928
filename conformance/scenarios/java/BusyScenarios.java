import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A broker with next to no room for requests, and one whose disk does not keep up: what is refused, and that nothing comes of it but a later try. */
final class BusyScenarios {
  /** Until a refusal is seen: mostly at once. */
  private static final int PATIENCE_MS = 90_000;
  private static final int FLOOD = 400;
  private static final int SENDERS = 16;
  private static final int PER_SENDER = 20;
  private static final int MANY_TRIES = 100_000;
  private static final int LARGE = 4 * 1024 * 1024 - 4096;
  private static final int MOST_LARGE = 60;
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private BusyScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("busy-sends", BusyScenarios::sends);
    known.put("busy-pulls", BusyScenarios::pulls);
    known.put("busy-disk", BusyScenarios::disk);
  }

  private static void sends(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    Ledger ledger = new Ledger();
    BusyRefusals refusals = new BusyRefusals();
    long deadline = System.currentTimeMillis() + PATIENCE_MS;
    do {
      flood(context, topic, ledger, refusals);
    } while (!refusals.any() && System.currentTimeMillis() < deadline);
    refusals.report(context.facts, "async.", "sendThreadPoolQueueCapacity");
    context.facts.put("async.thrown", refusals.thrown());
    context.facts.put("async.overload", refusals.any("[OVERLOAD]"));

    // The client 5.x sends again by itself what was refused so, 4.9.8 leaves that to who calls it. Nothing is stored of what is given up.
    context.facts.put("again.acknowledged", together(context, topic, MANY_TRIES, ledger, new BusyRefusals()));
    BusyRefusals givenUp = new BusyRefusals();
    deadline = System.currentTimeMillis() + PATIENCE_MS;
    do {
      together(context, topic, 0, ledger, givenUp);
    } while (!givenUp.any() && System.currentTimeMillis() < deadline);
    givenUp.report(context.facts, "sync.", "sendThreadPoolQueueCapacity");
    context.facts.put("sync.thrown", givenUp.thrown());
    account(context, topic, ledger);
  }

  /** How many of them come through is not known; what was acknowledged must be readable, and nothing else. */
  private static void account(Context context, String topic, Ledger ledger) throws Exception {
    context.readAll(topic).forEach(message -> ledger.seen(message.getKeys()));
    context.facts.put("lost", ledger.lost());
    context.facts.put("strangers", ledger.strangers());
    context.facts.put("duplicates", ledger.duplicates());
  }

  private static void flood(Context context, String topic, Ledger ledger, BusyRefusals refusals) throws Exception {
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendAsyncFailed(0);
    Semaphore answered = new Semaphore(0);
    for (int i = 0; i < FLOOD; i++) {
      Message message = SendScenarios.message(topic, NUMBER.incrementAndGet());
      producer.send(message, new SendCallback() {
        @Override
        public void onSuccess(SendResult receipt) {
          ledger.sent(message.getKeys());
          answered.release();
        }

        @Override
        public void onException(Throwable failure) {
          refusals.note(failure);
          answered.release();
        }
      });
    }
    if (!answered.tryAcquire(FLOOD, PATIENCE_MS, TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(FLOOD - answered.availablePermits() + " sends were not answered");
    }
  }

  /** With `retries`, each message is sent until it is acknowledged. Returns how many were. */
  private static int together(Context context, String topic, int retries, Ledger ledger, BusyRefusals refusals) throws Exception {
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendFailed(retries);
    producer.setSendMsgTimeout(PATIENCE_MS);
    AtomicInteger acknowledged = new AtomicInteger();
    List<Thread> senders = new ArrayList<>();
    for (int s = 0; s < SENDERS; s++) {
      senders.add(new Thread(() -> {
        for (int i = 0; i < PER_SENDER; i++) {
          Message message = SendScenarios.message(topic, NUMBER.incrementAndGet());
          for (int tries = 0; tries <= retries; tries++) {
            if (isAcknowledged(producer, message, refusals)) {
              ledger.sent(message.getKeys());
              acknowledged.incrementAndGet();
              break;
            }
          }
        }
      }));
    }
    senders.forEach(Thread::start);
    for (Thread sender : senders) {
      sender.join();
    }
    return acknowledged.get();
  }

  private static boolean isAcknowledged(DefaultMQProducer producer, Message message, BusyRefusals refusals) {
    try {
      producer.send(message);
      return true;
    } catch (Exception refused) {
      refusals.note(refused);
      return false;
    }
  }

  /** Pulls that find something and pulls that wait, more at once than the broker takes; meanwhile a push consumer, whose pulls are refused too, misses nothing. */
  private static void pulls(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    Ledger ledger = new Ledger();
    Ledger pushed = new Ledger();
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendFailed(MANY_TRIES);
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> pushed.seen(message.getKeys()) > 0);
    consumer.start();
    for (int i = 0; i < 40; i++) {
      Message message = SendScenarios.message(topic, i);
      producer.send(message, new MessageQueue(topic, "broker-a", i % 4));
      ledger.sent(message.getKeys());
      pushed.sent(message.getKeys());
    }
    BusyRefusals refusals = new BusyRefusals();
    pullTogether(context, topic, refusals);
    refusals.report(context.facts, "", "pullThreadPoolQueueCapacity", "maxHeldPulls");
    context.facts.put("overload", refusals.any("[OVERLOAD]"));
    Context.within(PATIENCE_MS, pushed::complete);
    pushed.report(context.facts, "push.");
    context.readAll(topic).forEach(message -> ledger.seen(message.getKeys()));
    ledger.report(context.facts, "");
  }

  private static void pullTogether(Context context, String topic, BusyRefusals refusals) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger found = new AtomicInteger();
    List<Thread> pullers = new ArrayList<>();
    DefaultMQPullConsumer consumer = context.pullConsumer(context.name("Pullers"));
    // Apache's broker (5.5.0) leaves some held pulls without an answer when there is no room for them at their end.
    consumer.setBrokerSuspendMaxTimeMillis(1_000);
    consumer.setConsumerTimeoutMillisWhenSuspend(5_000);
    for (int p = 0; p < SENDERS; p++) {
      MessageQueue queue = new MessageQueue(topic, "broker-a", p % 4);
      boolean waits = p % 2 == 0;
      long end = consumer.maxOffset(queue);
      pullers.add(new Thread(() -> {
        while (!stop.get()) {
          try {
            var result = waits ? consumer.pullBlockIfNotFound(queue, "*", end, 32) : consumer.pull(queue, "*", 0, 32);
            found.addAndGet(result.getPullStatus() == PullStatus.FOUND ? 1 : 0);
          } catch (Exception refused) {
            refusals.note(refused);
          }
        }
      }));
    }
    pullers.forEach(Thread::start);
    context.facts.put("someFound", Context.within(PATIENCE_MS, () -> refusals.any() && found.get() > 0));
    stop.set(true);
    for (Thread puller : pullers) {
      puller.join();
    }
  }

  /** Two senders, whom the broker has room for; but it is slower to write large messages than its settings want. */
  private static void disk(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    Ledger ledger = new Ledger();
    BusyRefusals refusals = new BusyRefusals();
    AtomicInteger left = new AtomicInteger(MOST_LARGE);
    byte[] body = new byte[LARGE];
    List<Thread> senders = new ArrayList<>();
    for (int s = 0; s < 2; s++) {
      DefaultMQProducer producer = context.producer();
      producer.setRetryTimesWhenSendFailed(0);
      producer.setCompressMsgBodyOverHowmuch(2 * LARGE);
      MessageQueue queue = new MessageQueue(topic, "broker-a", s);
      senders.add(new Thread(() -> {
        while (!refusals.any() && left.getAndDecrement() > 0) {
          Message message = new Message(topic, null, "k" + left.get(), body);
          try {
            producer.send(message, queue);
            ledger.sent(message.getKeys());
          } catch (Exception refused) {
            refusals.note(refused);
          }
        }
      }));
    }
    senders.forEach(Thread::start);
    for (Thread sender : senders) {
      sender.join();
    }
    context.measurements.put("sends", MOST_LARGE - left.get());
    refusals.report(context.facts, "", "osPageCacheBusyTimeOutMills");
    context.facts.put("thrown", refusals.thrown());
    account(context, topic, ledger);
  }
}
