import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.impl.factory.MQClientInstance;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** What a broker does not store as it came: delays, retries, dead letters, transactions; and senders of another address family. */
final class SpecialLoad {
  private static final int SOON = 1;
  /** 30 s: long enough to be still waiting when the broker ends, short enough to be waited for with the next one. */
  private static final int LATER = 4;
  private static final int MUCH_LATER = 18;
  private static final int SOON_COUNT = 5;
  private static final int LATER_COUNT = 10;
  private static final int PREPARED = 4;
  private static final String OPEN = "-open";
  private static final int OPEN_COUNT = 4;
  private static final int DELIVERY_TIMEOUT_MS = 120_000;
  private final Context context;
  private final String group;
  private final String topic;
  private final String prefix;

  SpecialLoad(Context context, String group, String prefix) {
    this.context = context;
    this.group = group;
    this.prefix = prefix;
    this.topic = prefix + "-delayed";
  }

  /** `timed`: what has a time of its own, or null where a side knows nothing of it. */
  void fill(String ipv6Broker, TimedLoad timed) throws Exception {
    context.createTopic(topic, 1);
    delay(SOON, SOON_COUNT);
    if (timed != null) {
      timed.fillSoon();
    }
    sendBack();
    if (!ipv6Broker.equals("-")) {
      overIpv6(ipv6Broker);
    }
    awaitDelivered(SOON, SOON_COUNT);
    awaitRetried();
    if (timed != null) {
      timed.awaitSoon();
    }
    // Late, because an Apache broker 5.5.0 keeps a processor busy from its first transaction on.
    transactions();
    delay(MUCH_LATER, 5);
    // Last, because they must still be waiting when the broker ends.
    delay(LATER, LATER_COUNT);
    if (timed != null) {
      timed.fillLater();
    }
  }

  void awaitDelayed() throws Exception {
    awaitDelivered(LATER, LATER_COUNT);
  }

  private void delay(int level, int count) throws Exception {
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < count; i++) {
      Message message = new Message(topic, "Delayed", "d" + level + "-" + i, ("delayed " + i).getBytes());
      message.setDelayTimeLevel(level);
      Load.persistently(() -> producer.send(message));
    }
  }

  /** Two messages come back for another try, one of them soon; one goes to the dead letters. */
  @SuppressWarnings("deprecation")
  private void sendBack() throws Exception {
    DefaultMQPullConsumer consumer = context.pullConsumer(group);
    MessageQueue queue = new MessageQueue(prefix + "-plain", "broker-a", 1);
    Load.persistently(() -> consumer.fetchSubscribeMessageQueues(queue.getTopic()));
    List<MessageExt> found = Load.persistently(() -> consumer.pull(queue, "*", 1, 8)).getMsgFoundList();
    int[] levels = {SOON, MUCH_LATER, -1};
    for (int i = 0; i < levels.length; i++) {
      consumer.sendMessageBack(found.get(i), levels[i], "broker-a");
    }
  }

  private void transactions() throws Exception {
    String target = context.createTopic(prefix + "-transactions", 2);
    String open = context.createTopic(prefix + OPEN, 1);
    TransactionMQProducer producer = transactionProducer();
    LocalTransactionState[] outcomes = LocalTransactionState.values();
    for (int i = 0; i < outcomes.length * OPEN_COUNT; i++) {
      LocalTransactionState outcome = outcomes[i % outcomes.length];
      String topic = outcome == LocalTransactionState.UNKNOW ? open : target;
      Message message = new Message(topic, "Transaction", "t" + i, ("transaction " + i).getBytes());
      Load.persistently(() -> producer.sendMessageInTransaction(message, outcome));
    }
    // A decision is told one-way: it has arrived when the committed messages are there.
    DefaultMQPullConsumer consumer = context.pullConsumer(group);
    Context.await("the committed messages", DELIVERY_TIMEOUT_MS, () -> keys(consumer, target, 2).size() >= OPEN_COUNT);
  }

  /** What the other broker has left open is asked about by this one, and is committed then. */
  void awaitDecided() throws Exception {
    TransactionMQProducer producer = transactionProducer();
    // A producer says that it is there to the brokers of topics that it has sent to.
    MQClientInstance factory = producer.getDefaultMQProducerImpl().getmQClientFactory();
    Context.await("a route of " + prefix + OPEN, 60_000, () -> factory.updateTopicRouteInfoFromNameServer(prefix + OPEN));
    factory.sendHeartbeatToAllBrokerWithLock();
    DefaultMQPullConsumer consumer = context.pullConsumer(group + "-waiting");
    Context.await("transactions that were open", DELIVERY_TIMEOUT_MS, () -> keys(consumer, prefix + OPEN, 1).size() >= OPEN_COUNT);
  }

  private TransactionMQProducer transactionProducer() throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer(prefix + "-transactions");
    context.prepare(producer);
    producer.setSendMsgTimeout(Context.SEND_TIMEOUT_MS);
    producer.setTransactionListener(new TransactionListener() {
      @Override
      public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
        return (LocalTransactionState) argument;
      }

      @Override
      public LocalTransactionState checkLocalTransaction(MessageExt message) {
        // Release 4.9 asks again about decisions that 5.x has written.
        return message.getTopic().endsWith(OPEN) ? LocalTransactionState.COMMIT_MESSAGE : LocalTransactionState.UNKNOW;
      }
    });
    context.own(producer::shutdown);
    Load.persistently(() -> {
      producer.start();
      return null;
    });
    return producer;
  }

  /**
   * Over a bare connection: plain messages, and some whose flags say that they are the first half of a transaction, as old clients
   * mark them: a broker stores those in the log only.
   */
  private void overIpv6(String broker) throws Exception {
    String target = context.createTopic(prefix + "-ipv6", 1);
    try (Raw raw = new Raw(broker)) {
      for (int i = 0; i < 20; i++) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("producerGroup", "P");
        fields.put("topic", target);
        fields.put("defaultTopic", "TBW102");
        fields.put("defaultTopicQueueNums", 1);
        fields.put("queueId", 0);
        fields.put("sysFlag", i % 5 == 4 ? PREPARED : 0);
        fields.put("bornTimestamp", System.currentTimeMillis());
        fields.put("flag", i);
        fields.put("properties", "KEYS\u0001v6-" + i + "\u0002TAGS\u0001V6\u0002");
        fields.put("reconsumeTimes", 0);
        fields.put("unitMode", false);
        fields.put("batch", false);
        int code = raw.ask(10, fields, ("over IPv6 " + i).getBytes());
        if (code != 0) {
          throw new IllegalStateException("a message over IPv6 was refused with code " + code);
        }
      }
    }
  }

  private void awaitDelivered(int level, int count) throws Exception {
    DefaultMQPullConsumer consumer = context.pullConsumer(group + "-waiting");
    Context.await(count + " delayed messages of level " + level, DELIVERY_TIMEOUT_MS,
        () -> keys(consumer, topic, 1).stream().filter(key -> key.startsWith("d" + level + "-")).count() >= count);
  }

  private void awaitRetried() throws Exception {
    DefaultMQPullConsumer consumer = context.pullConsumer(group + "-waiting");
    Context.await("the retried message", DELIVERY_TIMEOUT_MS, () -> keys(consumer, "%RETRY%" + group, 1).size() >= 1);
  }

  static Set<String> keys(DefaultMQPullConsumer consumer, String topic, int queues) {
    Set<String> keys = new HashSet<>();
    try {
      for (int id = 0; id < queues; id++) {
        MessageQueue queue = new MessageQueue(topic, "broker-a", id);
        long end = consumer.maxOffset(queue);
        for (long offset = consumer.minOffset(queue); offset < end;) {
          PullResult result = consumer.pull(queue, "*", offset, 32);
          if (result.getPullStatus() != PullStatus.FOUND) {
            break;
          }
          result.getMsgFoundList().stream().map(MessageExt::getKeys).filter(key -> key != null).forEach(keys::add);
          offset = result.getNextBeginOffset();
        }
      }
      // Asking too often would only keep the broker from delivering.
      Thread.sleep(100);
    } catch (Exception notYet) {
      System.err.println("reading " + topic + ": " + notYet);
    }
    return keys;
  }
}
