import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageDecoder;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Transactions that are decided at once, when the broker asks, or by another producer of the group. */
final class TransactionScenarios {
  private static final int COUNT = 12;
  /** Brokers look for open transactions every few seconds; a busy machine needs more. */
  private static final int CHECK_TIMEOUT_MS = 90_000;
  /** Of a delay of 5 s, until the broker has delivered; Apache's never does. */
  private static final int DELAY_TIMEOUT_MS = 40_000;
  /** A consumer that joins on a busy machine may get its queue only at its next look, half a minute later. */
  private static final int ARRIVAL_TIMEOUT_MS = 90_000;
  /** Long enough for checks to come, if any were to. */
  private static final int QUIET_MS = 10_000;
  private static final int PREPARED = 4;
  private static final int COMMIT = 8;
  private static final int ROLLBACK = 12;

  private TransactionScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("transaction-commit", TransactionScenarios::commit);
    known.put("transaction-rollback", TransactionScenarios::rollback);
    known.put("transaction-check", TransactionScenarios::check);
    known.put("transaction-failover", TransactionScenarios::failover);
    known.put("transaction-delay", TransactionScenarios::delay);
    known.put("transaction-refusals", TransactionScenarios::refusals);
  }

  /** What a producer says at once, and when it is asked; it keeps what it was asked. */
  private static final class Decider implements TransactionListener {
    final Function<String, LocalTransactionState> first;
    final Function<String, LocalTransactionState> whenAsked;
    final List<MessageExt> asked = Collections.synchronizedList(new ArrayList<>());

    Decider(Function<String, LocalTransactionState> first, Function<String, LocalTransactionState> whenAsked) {
      this.first = first;
      this.whenAsked = whenAsked;
    }

    @Override
    public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
      return first.apply(message.getKeys());
    }

    @Override
    public LocalTransactionState checkLocalTransaction(MessageExt message) {
      asked.add(message);
      return whenAsked.apply(message.getKeys());
    }
  }

  private static TransactionMQProducer producer(Context context, Decider decider) throws MQClientException {
    TransactionMQProducer producer = new TransactionMQProducer(context.name("PG"));
    context.prepare(producer);
    producer.setSendMsgTimeout(Context.SEND_TIMEOUT_MS);
    producer.setTransactionListener(decider);
    context.own(producer::shutdown);
    producer.start();
    return producer;
  }

  private static boolean isEven(String key) {
    return Integer.parseInt(key.substring(1)) % 2 == 0;
  }

  private static LocalTransactionState even(String key) {
    return isEven(key) ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.ROLLBACK_MESSAGE;
  }

  private static LocalTransactionState unknown(String key) {
    return LocalTransactionState.UNKNOW;
  }

  /** How often each key was consumed, by a consumer that is there from the beginning. */
  private static Map<String, AtomicInteger> consumed(Context context, String topic) throws Exception {
    Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      seen.computeIfAbsent(message.getKeys(), key -> new AtomicInteger()).incrementAndGet();
      return true;
    });
    consumer.start();
    return seen;
  }

  private static void commit(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    Map<String, AtomicInteger> seen = consumed(context, topic);
    Decider decider = new Decider(key -> LocalTransactionState.COMMIT_MESSAGE, key -> LocalTransactionState.COMMIT_MESSAGE);
    TransactionMQProducer producer = producer(context, decider);
    TreeSet<String> states = new TreeSet<>();
    int ids = 0;
    for (int i = 0; i < COUNT; i++) {
      TransactionSendResult receipt = producer.sendMessageInTransaction(SendScenarios.message(topic, i), null);
      states.add(receipt.getSendStatus() + " " + receipt.getLocalTransactionState());
      ids += receipt.getMsgId().equals(receipt.getTransactionId()) ? 1 : 0;
    }
    context.facts.put("states", new ArrayList<>(states));
    context.facts.put("idsMatch", ids);
    context.facts.put("allConsumed", Context.within(CHECK_TIMEOUT_MS, () -> seen.size() == COUNT));
    int prepared = 0;
    int marked = 0;
    TreeSet<String> names = new TreeSet<>();
    for (MessageExt message : context.readAll(topic)) {
      // Receipts do not say where the half message lies.
      long half = message.getPreparedTransactionOffset();
      prepared += half > 0 && half < message.getCommitLogOffset() ? 1 : 0;
      marked += (message.getSysFlag() & ROLLBACK) == COMMIT ? 1 : 0;
      names.addAll(message.getProperties().keySet());
    }
    names.remove("TRANSACTION_CHECK_TIMES");
    context.facts.put("prepared", prepared);
    context.facts.put("marked", marked);
    context.facts.put("properties", new ArrayList<>(names));
    context.measurements.put("checks", decider.asked.size());
  }

  /** What is rolled back, and what is open, is not seen; and what is sent behind it is not held up. */
  private static void rollback(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    Map<String, AtomicInteger> seen = consumed(context, topic);
    Decider decider = new Decider(key -> isEven(key) ? LocalTransactionState.ROLLBACK_MESSAGE : LocalTransactionState.UNKNOW, key -> LocalTransactionState.UNKNOW);
    TransactionMQProducer producer = producer(context, decider);
    DefaultMQProducer plain = context.producer();
    for (int i = 0; i < COUNT; i++) {
      producer.sendMessageInTransaction(SendScenarios.message(topic, i), null);
      plain.send(SendScenarios.message(topic, 100 + i));
    }
    context.facts.put("othersConsumed", Context.within(CHECK_TIMEOUT_MS, () -> seen.size() >= COUNT));
    Thread.sleep(QUIET_MS);
    context.facts.put("seen", seen.keySet().stream().filter(key -> Integer.parseInt(key.substring(1)) < 100).count());
    context.facts.put("others", seen.size());
    context.facts.put("rolledBackAskedAgain", Math.max(0, repeated(decider, true) - 1));
  }

  /** The most checks of one message, of those whose number is even. */
  private static int repeated(Decider decider, boolean even) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    synchronized (decider.asked) {
      decider.asked.stream().map(MessageExt::getKeys).filter(key -> isEven(key) == even).forEach(key -> counts.merge(key, 1, Integer::sum));
    }
    return counts.values().stream().mapToInt(Integer::intValue).max().orElse(0);
  }

  /** Nobody knows at first, nor when asked the first time; then half is committed. */
  private static void check(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    Map<String, AtomicInteger> seen = consumed(context, topic);
    Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
    Decider decider = new Decider(TransactionScenarios::unknown, key -> {
      int times = asked.computeIfAbsent(key, name -> new AtomicInteger()).incrementAndGet();
      return times == 1 ? LocalTransactionState.UNKNOW : even(key);
    });
    TransactionMQProducer producer = producer(context, decider);
    Map<String, TransactionSendResult> receipts = new LinkedHashMap<>();
    for (int i = 0; i < COUNT; i++) {
      receipts.put("k" + i, producer.sendMessageInTransaction(SendScenarios.message(topic, i), null));
    }
    context.facts.put("allAskedTwice", Context.within(CHECK_TIMEOUT_MS,
        () -> asked.size() == COUNT && asked.values().stream().allMatch(count -> count.get() >= 2)));
    context.facts.put("committedConsumed", Context.within(CHECK_TIMEOUT_MS, () -> seen.size() >= COUNT / 2));
    Thread.sleep(QUIET_MS);
    context.facts.put("seen", new ArrayList<>(new TreeSet<>(seen.keySet())));
    describeChecks(context, decider, receipts, topic);
    context.measurements.put("checks", decider.asked.size());
  }

  private static void describeChecks(Context context, Decider decider, Map<String, TransactionSendResult> receipts, String topic) {
    int ids = 0;
    int topics = 0;
    int later = 0;
    TreeSet<String> firstChecks = new TreeSet<>();
    TreeSet<String> names = new TreeSet<>();
    for (MessageExt message : List.copyOf(decider.asked)) {
      TransactionSendResult receipt = receipts.get(message.getKeys());
      String times = message.getUserProperty("TRANSACTION_CHECK_TIMES");
      if (!times.equals("1")) {
        continue;
      }
      firstChecks.add(message.getKeys());
      ids += receipt.getTransactionId().equals(message.getTransactionId()) ? 1 : 0;
      topics += message.getTopic().equals(topic) && message.getQueueId() == receipt.getMessageQueue().getQueueId() ? 1 : 0;
      later += message.getQueueOffset() > receipt.getQueueOffset() ? 1 : 0;
      names.addAll(message.getProperties().keySet());
    }
    context.facts.put("firstChecks", firstChecks.size());
    context.facts.put("checkIds", ids >= COUNT);
    context.facts.put("checkTopics", topics >= COUNT);
    context.facts.put("checkedAgainBehind", later >= COUNT);
    context.facts.put("checkProperties", new ArrayList<>(names));
  }

  /** A producer whose connection breaks is answered for by another of its group that comes later. */
  private static void failover(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    Map<String, AtomicInteger> seen = consumed(context, topic);
    Decider dying = new Decider(TransactionScenarios::unknown, TransactionScenarios::unknown);
    TransactionMQProducer first = producer(context, dying);
    for (int i = 0; i < COUNT; i++) {
      first.sendMessageInTransaction(SendScenarios.message(topic, i), null);
    }
    first.getDefaultMQProducerImpl().getmQClientFactory().getMQClientAPIImpl().shutdown();
    Thread.sleep(QUIET_MS / 2);
    Decider other = new Decider(TransactionScenarios::unknown, TransactionScenarios::even);
    TransactionMQProducer second = producer(context, other);
    // A transaction producer says that it is there with its first heartbeat, which needs a topic.
    second.send(new Message(topic, "", "k1000", Context.SEED.getBytes()));
    context.facts.put("consumed", Context.within(CHECK_TIMEOUT_MS, () -> seen.size() >= COUNT / 2 + 1));
    context.facts.put("otherAsked", Context.within(CHECK_TIMEOUT_MS,
        () -> List.copyOf(other.asked).stream().map(MessageExt::getKeys).distinct().count() == COUNT));
    Thread.sleep(QUIET_MS);
    context.facts.put("seen", new ArrayList<>(new TreeSet<>(seen.keySet())));
    context.measurements.put("checksOfFirst", dying.asked.size());
    context.measurements.put("checksOfSecond", other.asked.size());
  }

  /** Clients do not delay transactions any more; older ones did, and any other may. */
  private static void delay(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    Map<String, Long> storedAt = new ConcurrentHashMap<>();
    Map<String, Long> arrivals = new ConcurrentHashMap<>();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      storedAt.put(message.getKeys(), message.getStoreTimestamp());
      arrivals.put(message.getKeys(), System.currentTimeMillis());
      return true;
    });
    consumer.start();
    MessageQueue queue = new MessageQueue(topic, "broker-a", 0);
    try (Halves halves = new Halves(context, topic)) {
      Half half = halves.prepare("k0", "DELAY\u00012\u0002");
      Thread.sleep(1_000);
      long before = consumer.maxOffset(queue);
      long committed = System.currentTimeMillis();
      context.facts.put("committed", halves.end(half, halves.group, COMMIT, 0, 0));
      boolean consumed = Context.within(DELAY_TIMEOUT_MS, () -> endOf(consumer, queue) > before)
          && Context.within(ARRIVAL_TIMEOUT_MS, () -> arrivals.size() == 1);
      context.facts.put("consumed", consumed);
      context.facts.put("early", consumed && Math.min(storedAt.get("k0"), arrivals.get("k0")) - committed < 4_900);
      if (consumed) {
        // When the broker delivered it: what the consumer needed to get its queue is no part of the delay.
        context.measurements.put("delayedMs", storedAt.get("k0") - committed);
      }
    }
  }

  private static long endOf(DefaultMQPushConsumer consumer, MessageQueue queue) {
    try {
      Thread.sleep(100);
      return consumer.maxOffset(queue);
    } catch (Exception busy) {
      return -1;
    }
  }

  private static void refusals(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    try (Halves halves = new Halves(context, topic)) {
      Half half = halves.prepare("k0", "");
      context.facts.put("otherGroup", halves.end(half, "nobody", COMMIT, 0, 0));
      context.facts.put("otherHalf", halves.end(half, halves.group, COMMIT, 1, 0));
      context.facts.put("noRecord", halves.end(half, halves.group, ROLLBACK, 0, 1L << 40));
      context.facts.put("rollback", halves.end(half, halves.group, ROLLBACK, 0, 0));
      Half immune = halves.prepare("k1", "CHECK_IMMUNITY_TIME_IN_SECONDS\u00011\u0002");
      // Longer than the immunity and than transactionTimeOut.
      Thread.sleep(8_000);
      context.facts.put("tooLate", halves.end(immune, halves.group, COMMIT, 0, 0));
      context.facts.put("seen", context.readAll(topic).size());
    }
  }

  private static final class Half {
    final long queueOffset;
    final long physicalOffset;

    Half(long queueOffset, long physicalOffset) {
      this.queueOffset = queueOffset;
      this.physicalOffset = physicalOffset;
    }
  }

  /** Half messages and decisions over a bare connection, so that what clients refuse can be said, and codes be seen. */
  private static final class Halves implements AutoCloseable {
    final String group;
    private final String topic;
    private final Raw raw;

    Halves(Context context, String topic) throws Exception {
      this.topic = topic;
      this.group = context.name("PG");
      raw = new Raw(context.brokerOf(topic));
    }

    Half prepare(String key, String properties) throws Exception {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("producerGroup", group);
      fields.put("topic", topic);
      fields.put("defaultTopic", "TBW102");
      fields.put("defaultTopicQueueNums", 1);
      fields.put("queueId", 0);
      fields.put("sysFlag", PREPARED);
      fields.put("bornTimestamp", System.currentTimeMillis());
      fields.put("flag", 0);
      fields.put("properties", "TRAN_MSG\u0001true\u0002PGROUP\u0001" + group + "\u0002KEYS\u0001" + key + "\u0002UNIQ_KEY\u0001" + group + key + "\u0002" + properties);
      fields.put("reconsumeTimes", 0);
      fields.put("unitMode", false);
      fields.put("batch", false);
      if (raw.ask(10, fields, ("half " + key).getBytes()) != 0) {
        throw new IllegalStateException("the half message was refused");
      }
      return new Half(Long.parseLong(raw.field("queueOffset")), MessageDecoder.decodeMessageId(raw.field("msgId")).getOffset());
    }

    int end(Half half, String producerGroup, int decision, long halfAway, long bytesAway) throws Exception {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("producerGroup", producerGroup);
      fields.put("tranStateTableOffset", half.queueOffset + halfAway);
      fields.put("commitLogOffset", half.physicalOffset + bytesAway);
      fields.put("commitOrRollback", decision);
      fields.put("fromTransactionCheck", false);
      fields.put("msgId", "any");
      fields.put("transactionId", "any");
      fields.put("topic", topic);
      return raw.ask(37, fields, new byte[0]);
    }

    @Override
    public void close() throws Exception {
      raw.close();
    }
  }
}
