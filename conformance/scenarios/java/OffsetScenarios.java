import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Questions about queues: their ends, their times, single messages. */
final class OffsetScenarios {
  private OffsetScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("queue-offsets", OffsetScenarios::offsets);
    known.put("view-message", OffsetScenarios::view);
  }

  private static void offsets(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer producer = context.producer();
    DefaultMQPullConsumer consumer = context.pullConsumer(context.group());
    List<MessageQueue> queues = PullScenarios.sorted(consumer.fetchSubscribeMessageQueues(topic));
    MessageQueue queue = queues.get(1);
    context.facts.put("emptyMin", consumer.minOffset(queue));
    context.facts.put("emptyMax", consumer.maxOffset(queue));
    context.facts.put("emptySearch", consumer.searchOffset(queue, System.currentTimeMillis()));
    context.facts.put("emptyEarliest", consumer.earliestMsgStoreTime(queue));
    for (int i = 0; i < 20; i++) {
      producer.send(SendScenarios.message(topic, i), queue);
      Thread.sleep(20);
    }
    context.facts.put("min", consumer.minOffset(queue));
    context.facts.put("max", consumer.maxOffset(queue));
    List<MessageExt> messages = context.readAll(topic);
    List<Long> exact = new ArrayList<>();
    List<Long> between = new ArrayList<>();
    for (MessageExt message : messages) {
      exact.add(consumer.searchOffset(queue, message.getStoreTimestamp()));
      between.add(consumer.searchOffset(queue, message.getStoreTimestamp() + 5));
    }
    context.facts.put("searchExact", exact);
    context.facts.put("searchBetween", between);
    context.facts.put("searchZero", consumer.searchOffset(queue, 0));
    context.facts.put("searchBefore", consumer.searchOffset(queue, messages.get(0).getStoreTimestamp() - 1));
    context.facts.put("searchAfter", consumer.searchOffset(queue, System.currentTimeMillis() + 60_000));
    context.facts.put("earliest", consumer.earliestMsgStoreTime(queue) == messages.get(0).getStoreTimestamp());
    MessageQueue absent = new MessageQueue(topic, queue.getBrokerName(), 9);
    context.facts.put("absentMin", ask(() -> consumer.minOffset(absent)));
    context.facts.put("absentMax", ask(() -> consumer.maxOffset(absent)));
  }

  private static void view(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    SendResult receipt = producer.send(SendScenarios.message(topic, 7));
    MessageExt found = producer.viewMessage(topic, receipt.getOffsetMsgId());
    context.facts.put("keys", found.getKeys());
    context.facts.put("body", new String(found.getBody()));
    context.facts.put("queueOffset", found.getQueueOffset() == receipt.getQueueOffset());
    String id = receipt.getOffsetMsgId();
    // Same broker, an offset inside the record and one far beyond the end of the log.
    context.facts.put("inside", ask(() -> producer.viewMessage(topic, moved(id, 3)).getKeys()));
    context.facts.put("beyond", ask(() -> producer.viewMessage(topic, moved(id, 1L << 40)).getKeys()));
  }

  private static String moved(String offsetId, long by) {
    return offsetId.substring(0, 16) + String.format("%016X", Long.parseLong(offsetId.substring(16), 16) + by);
  }

  private interface Question {
    Object ask() throws Exception;
  }

  /** The answer, or the kind and code of the refusal. */
  private static Object ask(Question question) {
    try {
      return question.ask();
    } catch (MQClientException refused) {
      return "client exception " + refused.getResponseCode();
    } catch (Exception refused) {
      var code = refused instanceof org.apache.rocketmq.client.exception.MQBrokerException
          ? ((org.apache.rocketmq.client.exception.MQBrokerException) refused).getResponseCode() : "";
      return (refused.getClass().getSimpleName() + " " + code).trim();
    }
  }
}
