import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Every way of sending; what arrived is read back by pull, message by message. */
final class SendScenarios {
  /** For answers of which none may be missing, however busy the machine is. */
  private static final int ANSWER_TIMEOUT_S = 90;

  private SendScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("sync-send", SendScenarios::sync);
    known.put("async-send", SendScenarios::async);
    known.put("oneway-send", SendScenarios::oneway);
    known.put("batch-send", SendScenarios::batch);
    known.put("selector-send", SendScenarios::selector);
    known.put("auto-create-topic", SendScenarios::autoCreate);
  }

  static Message message(String topic, int number) {
    return new Message(topic, "Tag" + number % 3, "k" + number, ("body " + number).getBytes());
  }

  private static void sync(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    Ledger ledger = new Ledger();
    Map<String, SendResult> receipts = new HashMap<>();
    Set<Integer> queues = new HashSet<>();
    Set<String> ids = new HashSet<>();
    int ok = 0;
    for (int i = 0; i < 200; i++) {
      SendResult receipt = producer.send(message(topic, i));
      ok += receipt.getSendStatus() == SendStatus.SEND_OK ? 1 : 0;
      ledger.sent("k" + i);
      receipts.put("k" + i, receipt);
      queues.add(receipt.getMessageQueue().getQueueId());
      ids.add(receipt.getOffsetMsgId());
    }
    SendResult first = receipts.get("k0");
    context.facts.put("sendOk", ok);
    context.facts.put("queues", queues.size());
    context.facts.put("distinctOffsetIds", ids.size());
    context.facts.put("region", first.getRegionId());
    context.facts.put("traceOn", first.isTraceOn());
    context.facts.put("transactionIdIsMessageId", first.getMsgId().equals(first.getTransactionId()));
    int matching = 0;
    for (MessageExt message : context.readAll(topic)) {
      ledger.seen(message.getKeys());
      matching += matches(message, receipts.get(message.getKeys())) ? 1 : 0;
    }
    ledger.report(context.facts, "");
    context.facts.put("duplicates", ledger.duplicates());
    context.facts.put("receiptsMatch", matching);
  }

  /** The receipt names the very record that is read back. */
  private static boolean matches(MessageExt message, SendResult receipt) {
    return receipt != null
        && message.getQueueId() == receipt.getMessageQueue().getQueueId()
        && message.getQueueOffset() == receipt.getQueueOffset()
        && message.getMsgId().equals(receipt.getMsgId())
        && PullScenarios.offsetId(message).equals(receipt.getOffsetMsgId());
  }

  private static void async(Context context) throws Exception {
    int count = 3000;
    int inFlight = 256;
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendAsyncFailed(0);
    producer.setSendMsgTimeout(ANSWER_TIMEOUT_S * 1_000);
    producer.send(message(topic, -1));
    Ledger ledger = new Ledger();
    ledger.sent("k-1");
    AtomicInteger failed = new AtomicInteger();
    Semaphore window = new Semaphore(inFlight);
    for (int i = 0; i < count; i++) {
      String key = "k" + i;
      window.acquire();
      producer.send(message(topic, i), new SendCallback() {
        @Override
        public void onSuccess(SendResult receipt) {
          ledger.sent(key);
          window.release();
        }

        @Override
        public void onException(Throwable failure) {
          System.err.println("async send failed: " + failure);
          failed.incrementAndGet();
          window.release();
        }
      });
    }
    context.facts.put("allAnswered", window.tryAcquire(inFlight, ANSWER_TIMEOUT_S, TimeUnit.SECONDS));
    context.facts.put("failed", failed.get());
    context.readAll(topic).forEach(message -> ledger.seen(message.getKeys()));
    ledger.report(context.facts, "");
    context.facts.put("duplicates", ledger.duplicates());
  }

  private static void oneway(Context context) throws Exception {
    int count = 500;
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    Ledger ledger = new Ledger();
    for (int i = 0; i < count; i++) {
      producer.sendOneway(message(topic, i));
      ledger.sent("k" + i);
    }
    Context.within(75_000, () -> stored(producer, queues) >= count + 1);
    context.readAll(topic).forEach(message -> ledger.seen(message.getKeys()));
    ledger.report(context.facts, "");
    context.facts.put("duplicates", ledger.duplicates());
  }

  private static long stored(DefaultMQProducer producer, List<MessageQueue> queues) {
    try {
      long sum = 0;
      for (MessageQueue queue : queues) {
        sum += producer.maxOffset(queue);
      }
      return sum;
    } catch (Exception failure) {
      return -1;
    }
  }

  private static void batch(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    Ledger ledger = new Ledger();
    Map<String, String> offsetIds = new HashMap<>();
    int ids = 0;
    for (int b = 0; b < 10; b++) {
      List<Message> messages = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Message message = message(topic, b * 50 + i);
        message.putUserProperty("place", b + "/" + i);
        messages.add(message);
        ledger.sent(message.getKeys());
      }
      SendResult receipt = producer.send(messages);
      String[] perMessage = receipt.getOffsetMsgId().split(",");
      ids += receipt.getMsgId().split(",").length;
      for (int i = 0; i < perMessage.length; i++) {
        offsetIds.put("k" + (b * 50 + i), perMessage[i] + "@" + (receipt.getQueueOffset() + i));
      }
    }
    int matching = 0;
    int places = 0;
    for (MessageExt message : context.readAll(topic)) {
      ledger.seen(message.getKeys());
      matching += (PullScenarios.offsetId(message) + "@" + message.getQueueOffset()).equals(offsetIds.get(message.getKeys())) ? 1 : 0;
      int number = Integer.parseInt(message.getKeys().substring(1));
      places += (number / 50 + "/" + number % 50).equals(message.getUserProperty("place")) ? 1 : 0;
    }
    context.facts.put("messageIds", ids);
    context.facts.put("offsetIds", offsetIds.size());
    context.facts.put("receiptsMatch", matching);
    context.facts.put("propertiesMatch", places);
    ledger.report(context.facts, "");
    context.facts.put("duplicates", ledger.duplicates());
  }

  private static void selector(Context context) throws Exception {
    int keys = 10;
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    Ledger ledger = new Ledger();
    for (int i = 0; i < 300; i++) {
      Message message = message(topic, i);
      message.putUserProperty("order", String.valueOf(i % keys));
      producer.send(message, (queues, choice, order) -> queues.get((Integer) order % queues.size()), i % keys);
      ledger.sent("k" + i);
    }
    Map<String, Integer> last = new HashMap<>();
    Map<String, Set<Integer>> placed = new HashMap<>();
    boolean ordered = true;
    for (MessageExt message : context.readAll(topic)) {
      ledger.seen(message.getKeys());
      String order = message.getUserProperty("order");
      int number = Integer.parseInt(message.getKeys().substring(1));
      ordered &= last.getOrDefault(order, -1) < number;
      last.put(order, number);
      placed.computeIfAbsent(order, o -> new HashSet<>()).add(message.getQueueId());
    }
    context.facts.put("ordered", ordered);
    context.facts.put("oneQueuePerKey", placed.values().stream().allMatch(queues -> queues.size() == 1));
    ledger.report(context.facts, "");
    context.facts.put("duplicates", ledger.duplicates());
  }

  private static void autoCreate(Context context) throws Exception {
    for (int wanted : new int[] {1, 4, 20}) {
      String topic = context.name("T" + wanted);
      DefaultMQProducer producer = context.producer(wanted);
      context.facts.put("status" + wanted, producer.send(message(topic, 0)).getSendStatus());
      Context.await("a route of " + topic, 60_000, () -> Context.routed(producer, topic));
      var api = producer.getDefaultMQProducerImpl().getmQClientFactory().getMQClientAPIImpl();
      var queue = api.getTopicRouteInfoFromNameServer(topic, Context.API_TIMEOUT_MS).getQueueDatas().get(0);
      context.facts.put("route" + wanted, queue.getReadQueueNums() + "/" + queue.getWriteQueueNums() + " perm " + queue.getPerm());
      context.facts.put("broker" + wanted, queue.getBrokerName());
    }
  }
}
