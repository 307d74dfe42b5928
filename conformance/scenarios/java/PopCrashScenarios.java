import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** A broker that is killed while messages are popped. */
final class PopCrashScenarios {
  private static final int TIMEOUT_MS = 120_000;
  /** Long enough for acknowledgements on a crowded machine, and mostly over when the broker is back. */
  private static final int INVISIBLE_MS = 15_000;
  private static final int CHANGED_MS = 20_000;
  private static final int QUEUES = 2;
  private static final int PER_QUEUE = 10;
  private static final int MAX_OFFSET = 30;
  private static final byte[] NO_BODY = {};

  private PopCrashScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("pop-kill-9", PopCrashScenarios::kill);
  }

  /** What a consumer had in hand. */
  private static final class Popped {
    final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    /** When each comes again at the earliest. */
    final Map<String, Long> dueAt = new ConcurrentHashMap<>();
  }

  private static void kill(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), QUEUES);
    String pushed = context.createTopic(context.name("Pushed"), QUEUES);
    String address = context.brokerOf(topic);
    DefaultMQProducer producer = context.producer();
    Map<String, AtomicInteger> seen = pushConsumer(context, address, pushed);
    for (int i = 0; i < QUEUES * PER_QUEUE; i++) {
      producer.send(SendScenarios.message(topic, i), new MessageQueue(topic, "broker-a", i % QUEUES));
      producer.send(SendScenarios.message(pushed, i), new MessageQueue(pushed, "broker-a", i % QUEUES));
    }
    context.facts.put("push.allSeen", Context.within(TIMEOUT_MS, () -> seen.size() == QUEUES * PER_QUEUE));
    Popped popped = popSome(context, address, topic);
    Rig.ask("restart");
    popAgain(context, address, topic, popped);
    inRetryTopic(context, address, topic, popped);

    Ledger ledger = new Ledger();
    for (int i = QUEUES * PER_QUEUE; i < 2 * QUEUES * PER_QUEUE; i++) {
      ledger.sent("k" + i);
      producer.send(SendScenarios.message(pushed, i));
    }
    for (int i = 0; i < QUEUES * PER_QUEUE; i++) {
      ledger.sent("k" + i);
    }
    Context.within(TIMEOUT_MS, () -> seen.size() == 2 * QUEUES * PER_QUEUE && failedOnce(seen) == 0);
    seen.keySet().forEach(ledger::seen);
    ledger.report(context.facts, "push.");
    context.facts.put("push.again.lost", failedOnce(seen));
    context.measurements.put("push.deliveries", seen.values().stream().mapToInt(AtomicInteger::get).sum());
  }

  /** It fails with every second message of the first half when it sees it first. */
  private static Map<String, AtomicInteger> pushConsumer(Context context, String address, String topic) throws Exception {
    try (Raw raw = new Raw(address)) {
      context.facts.put("setMode", PopScenarios.setMode(raw, topic, context.group(), "POP", 0));
    }
    Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = PopScenarios.popConsumer(context, topic);
    consumer.getClass().getMethod("setPopInvisibleTime", long.class).invoke(consumer, (long) INVISIBLE_MS);
    Consumers.concurrently(consumer, message -> {
      int times = seen.computeIfAbsent(message.getKeys(), key -> new AtomicInteger()).incrementAndGet();
      return times > 1 || !mustFail(message.getKeys());
    });
    consumer.start();
    return seen;
  }

  private static boolean mustFail(String key) {
    int number = Integer.parseInt(key.substring(1));
    return number < QUEUES * PER_QUEUE && number % 4 > 1;
  }

  /** How many of those that failed have not come again. */
  private static long failedOnce(Map<String, AtomicInteger> seen) {
    return seen.entrySet().stream().filter(one -> mustFail(one.getKey()) && one.getValue().get() < 2).count();
  }

  /** Pops all, acknowledges every second message, and has one wait for longer. */
  private static Popped popSome(Context context, String address, String topic) throws Exception {
    Popped popped = new Popped();
    String group = context.name("Raw");
    try (Raw raw = new Raw(address)) {
      for (int queue = 0; queue < QUEUES; queue++) {
        long before = System.currentTimeMillis();
        context.facts.put("pop " + queue, raw.ask(PopScenarios.POP, PopScenarios.pop(group, topic, queue, "invisibleTime", INVISIBLE_MS), NO_BODY));
        var messages = PopScenarios.messages(raw);
        Map<Integer, Map<String, Object>> handles = new ConcurrentHashMap<>();
        for (int i = 0; i < messages.size(); i++) {
          handles.put(i, PopScenarios.handle(raw, group, topic, i, "invisibleTime", CHANGED_MS, "suspend", false));
        }
        for (int i = 0; i < messages.size(); i++) {
          MessageExt message = messages.get(i);
          if (i % 2 == 0) {
            context.facts.put("ack " + queue + " " + i, raw.ask(PopScenarios.ACK, handles.get(i), NO_BODY));
            popped.acknowledged.add(nameOf(message));
          } else if (i == 1) {
            popped.dueAt.put(nameOf(message), System.currentTimeMillis() + CHANGED_MS);
            context.facts.put("change " + queue, raw.ask(PopScenarios.CHANGE, handles.get(i), NO_BODY));
          } else {
            popped.dueAt.put(nameOf(message), before + INVISIBLE_MS);
          }
        }
      }
    }
    context.facts.put("popped", popped.acknowledged.size() + popped.dueAt.size());
    return popped;
  }

  /** The seed has no key. */
  private static String nameOf(MessageExt message) {
    return Context.isSeed(message) ? Context.SEED : message.getKeys();
  }

  private static void popAgain(Context context, String address, String topic, Popped popped) throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Set<String> early = ConcurrentHashMap.newKeySet();
    long[] latestMs = {0};
    try (Raw raw = new Raw(address)) {
      context.facts.put("allAgain", Context.within(TIMEOUT_MS, () -> {
        for (MessageExt message : popOnce(context, raw, topic)) {
          String name = nameOf(message);
          Long due = popped.dueAt.get(name);
          if (!seen.add(name) || due == null) {
            continue;
          }
          long lateMs = System.currentTimeMillis() - due;
          latestMs[0] = Math.max(latestMs[0], lateMs);
          if (lateMs < 0) {
            early.add(name);
          }
        }
        return seen.containsAll(popped.dueAt.keySet());
      }));
    }
    context.facts.put("lost", popped.dueAt.keySet().stream().filter(name -> !seen.contains(name)).count());
    context.facts.put("early", early.size());
    context.facts.put("acknowledgedAgain", popped.acknowledged.stream().filter(seen::contains).count());
    context.measurements.put("latestMs", latestMs[0]);
  }

  /** What comes again because its time is over is in the retry topic of this group and topic, by the name that `enableRetryTopicV2` gives it. */
  private static void inRetryTopic(Context context, String address, String topic, Popped popped) throws Exception {
    Map<String, ?> end = Map.of("topic", "%RETRY%" + context.name("Raw") + "+" + topic, "queueId", 0);
    try (Raw raw = new Raw(address)) {
      context.facts.put("inRetryTopic", Context.within(TIMEOUT_MS, () -> {
        try {
          return raw.ask(MAX_OFFSET, end, NO_BODY) == 0 && Integer.parseInt(raw.field("offset")) >= popped.dueAt.size();
        } catch (Exception broken) {
          throw new IllegalStateException("the end of the retry topic is not told: " + broken, broken);
        }
      }));
    }
  }

  /** From any queue, and what comes again; acknowledged by nobody. */
  private static List<MessageExt> popOnce(Context context, Raw raw, String topic) {
    try {
      Map<String, Object> request = PopScenarios.pop(context.name("Raw"), topic, -1, "pollTime", 1_000, "bornTime", System.currentTimeMillis());
      return raw.ask(PopScenarios.POP, request, NO_BODY) == 0 ? PopScenarios.messages(raw) : List.of();
    } catch (Exception broken) {
      throw new IllegalStateException("a pop after the restart failed: " + broken, broken);
    }
  }
}
