import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The few things around push consumers that several scenarios need. */
final class Consumers {
  private static final int COMMITTED_OFFSET = 14;
  private static final int MAX_OFFSET = 30;

  private Consumers() {}

  /** The handler returns false to see the message again. */
  static void concurrently(DefaultMQPushConsumer consumer, Function<MessageExt, Boolean> handler) {
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      boolean good = true;
      for (MessageExt message : messages) {
        good &= Context.isSeed(message) || handler.apply(message);
      }
      return good ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS : ConsumeConcurrentlyStatus.RECONSUME_LATER;
    });
  }

  static void orderly(DefaultMQPushConsumer consumer, Function<MessageExt, Boolean> handler) {
    consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
      boolean good = true;
      for (MessageExt message : messages) {
        good &= Context.isSeed(message) || handler.apply(message);
      }
      return good ? ConsumeOrderlyStatus.SUCCESS : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
    });
  }

  /** Queues of the topic that this consumer works on at the moment. */
  static int queues(DefaultMQPushConsumer consumer, String topic) {
    int count = 0;
    for (Object queue : List.copyOf(consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl().getProcessQueueTable().keySet())) {
      count += ((MessageQueue) queue).getTopic().equals(topic) ? 1 : 0;
    }
    return count;
  }

  /**
   * Commits until the broker names the end of every queue as the offset of the group: a message counts as seen before its listener has returned, and
   * offsets are sent without an answer.
   */
  static void commit(Context context, String topic, int queues, Runnable commit) throws Exception {
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      Context.await("the offsets of " + context.group(), 60_000, () -> {
        commit.run();
        return isCommitted(raw, context.group(), topic, queues);
      });
    }
  }

  private static boolean isCommitted(Raw raw, String group, String topic, int queues) {
    try {
      for (int queue = 0; queue < queues; queue++) {
        raw.ask(MAX_OFFSET, Map.of("topic", topic, "queueId", queue), new byte[0]);
        String end = raw.field("offset");
        int code = raw.ask(COMMITTED_OFFSET, Map.of("consumerGroup", group, "topic", topic, "queueId", queue), new byte[0]);
        if (code != 0 || !raw.field("offset").equals(end)) {
          return false;
        }
      }
      return true;
    } catch (Exception broken) {
      throw new IllegalStateException("the broker does not tell the offsets of " + group, broken);
    }
  }

  /** The enum moved to another package between 4.x and 5.x. */
  static void broadcast(DefaultMQPushConsumer consumer) throws ReflectiveOperationException {
    for (var method : DefaultMQPushConsumer.class.getMethods()) {
      if (method.getName().equals("setMessageModel")) {
        for (Object model : method.getParameterTypes()[0].getEnumConstants()) {
          if (model.toString().equals("BROADCASTING")) {
            method.invoke(consumer, model);
            return;
          }
        }
      }
    }
    throw new NoSuchMethodException("setMessageModel(BROADCASTING)");
  }
}
