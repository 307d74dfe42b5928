import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** The members of a group of consumers, and what they have seen. */
final class ClusterGroup {
  /** A client that first asks the NameServer that is away does not start. */
  private static final int START_TRIES = 12;

  final List<DefaultMQPushConsumer> members = new ArrayList<>();
  /** Keys. */
  final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final String name;
  private final Map<MessageQueue, Long> highest = new HashMap<>();
  private final Map<MessageQueue, AtomicInteger> busy = new ConcurrentHashMap<>();
  private final AtomicInteger disorders = new AtomicInteger();
  private final AtomicInteger overlaps = new AtomicInteger();

  ClusterGroup(String name) {
    this.name = name;
  }

  /** One more member, which begins where nobody of the group has read yet. `prepare` says where its servers are. */
  void join(String topic, boolean isOrderly, Consumer<DefaultMQPushConsumer> prepare) throws Exception {
    DefaultMQPushConsumer member = null;
    for (int left = START_TRIES; member == null; left--) {
      member = started(topic, isOrderly, prepare, left == 1);
    }
    members.add(member);
  }

  void leave() {
    members.forEach(DefaultMQPushConsumer::shutdown);
    members.clear();
  }

  /** Whether what was consumed in order was: in each queue, and by one at a time. */
  String order() {
    return "disorders " + disorders + ", overlaps " + overlaps + ", queues " + highest.size();
  }

  private DefaultMQPushConsumer started(String topic, boolean isOrderly, Consumer<DefaultMQPushConsumer> prepare, boolean isLastTry) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(name);
    prepare.accept(consumer);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setPersistConsumerOffsetInterval(200);
    consumer.subscribe(topic, "*");
    if (isOrderly) {
      consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
        watch(context.getMessageQueue(), messages);
        return ConsumeOrderlyStatus.SUCCESS;
      });
    } else {
      consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
        messages.forEach(message -> seen.add(message.getKeys()));
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
      });
    }
    try {
      consumer.start();
      return consumer;
    } catch (IllegalStateException | MQClientException failure) {
      consumer.shutdown();
      if (isLastTry) {
        throw failure;
      }
      failure.printStackTrace();
      return null;
    }
  }

  /** A new owner of a queue may repeat from an earlier offset, but may never skip; and two never work on one queue. */
  private void watch(MessageQueue queue, List<MessageExt> messages) {
    AtomicInteger hands = busy.computeIfAbsent(queue, any -> new AtomicInteger());
    overlaps.addAndGet(hands.incrementAndGet() > 1 ? 1 : 0);
    for (MessageExt message : messages) {
      synchronized (highest) {
        Long last = highest.get(queue);
        if (last == null || message.getQueueOffset() > last) {
          disorders.addAndGet(message.getQueueOffset() != (last == null ? 0 : last + 1) ? 1 : 0);
          highest.put(queue, message.getQueueOffset());
        }
      }
      seen.add(message.getKeys());
    }
    hands.decrementAndGet();
  }
}
