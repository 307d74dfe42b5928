import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * A step: Load NAMESRV fill|append GROUP PREFIX TIMERS IPV6BROKER: writes a store worth comparing, or adds a little to it and waits until what was delayed
 * has been delivered. TIMERS is "timed" where both brokers know times of a message's own. IPV6BROKER is where the broker is reached over IPv6, or "-" where the machine has none.
 */
public final class Load {
  private static final int TRIES = 5;
  /** With what client and broker add it stays just below the 32767 bytes that a record has for properties. */
  private static final int LONGEST_PROPERTY = 32_400;

  static void run(List<String> args) throws Exception {
    String group = args.get(2);
    String prefix = args.get(3);
    try (Context context = new Context(args.get(0), "load", Context.instance())) {
      SpecialLoad special = new SpecialLoad(context, group, prefix);
      TimedLoad timed = args.get(4).equals("timed") ? new TimedLoad(context, group, prefix) : null;
      if (args.get(1).equals("fill")) {
        fill(context, group, prefix);
        special.fill(args.get(5), timed);
      } else {
        append(context, group + "-more", prefix);
        special.awaitDelayed();
        special.awaitDecided();
        if (timed != null) {
          timed.awaitLater();
        }
      }
    }
  }

  interface Attempt<T> {
    T make() throws Exception;
  }

  /** A broker that has just started on a busy machine answers late, or is not in every route yet. What was sent twice by that is compared like the rest. */
  static <T> T persistently(Attempt<T> attempt) throws Exception {
    for (int left = TRIES;; left--) {
      try {
        return attempt.make();
      } catch (Exception busy) {
        if (left == 1) {
          throw busy;
        }
        System.err.println("again after " + busy);
        Thread.sleep(1_000);
      }
    }
  }

  private static void fill(Context context, String group, String prefix) throws Exception {
    String plain = context.createTopic(prefix + "-plain", 4);
    String batches = context.createTopic(prefix + "-batches", 1);
    String large = context.createTopic(prefix + "-large", 2);
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < 800; i++) {
      Message message = new Message(plain, "Tag" + i % 5, "k" + i + " second" + i, i % 7, ("body " + i).getBytes(), true);
      message.putUserProperty("text", "\u6d88\u606f \ud83d\ude80 " + i);
      persistently(() -> producer.send(message));
    }
    for (int b = 0; b < 10; b++) {
      List<Message> batch = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        batch.add(new Message(batches, "Batch" + b, "b" + b + "-" + i, ("batch body " + i).getBytes()));
      }
      persistently(() -> producer.send(batch));
    }
    Random random = new Random(1);
    for (int i = 0; i < 40; i++) {
      byte[] body = new byte[1 + random.nextInt(300_000)];
      // Every third one is compressible, so that compressed records are there too.
      if (i % 3 != 0) {
        random.nextBytes(body);
      }
      Message message = new Message(large, "L", "l" + i, body);
      message.putUserProperty("long", "p".repeat(i == 0 ? LONGEST_PROPERTY : random.nextInt(30_000)));
      persistently(() -> producer.send(message));
    }
    commit(context.pullConsumer(group), List.of(plain, batches), 10);
  }

  private static void commit(DefaultMQPullConsumer consumer, List<String> topics, long first) throws Exception {
    for (String topic : topics) {
      for (MessageQueue queue : persistently(() -> consumer.fetchSubscribeMessageQueues(topic))) {
        // A broker takes offsets only of groups it has met.
        persistently(() -> consumer.pull(queue, "*", 0, 1));
        persistently(() -> {
          consumer.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, first + queue.getQueueId(), false);
          return null;
        });
      }
    }
  }

  /** Adds to old topics and makes a new one; another group commits, so that all files of the configuration are written again. */
  private static void append(Context context, String group, String prefix) throws Exception {
    DefaultMQProducer producer = context.producer();
    for (String topic : List.of(prefix + "-plain", prefix + "-batches", prefix + "-large", prefix + "-new")) {
      for (int i = 0; i < 20; i++) {
        Message message = new Message(topic, "More", "more" + i, ("appended " + i).getBytes());
        persistently(() -> producer.send(message));
      }
    }
    commit(context.pullConsumer(group), List.of(prefix + "-batches"), 5);
  }
}
