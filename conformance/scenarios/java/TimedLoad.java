import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;

/** Messages with a time of their own: some that the writer of a store delivers, some that the reader has to, one that was taken back, some that wait for days. */
final class TimedLoad {
  private static final int SOON_COUNT = 5;
  private static final int LATER_COUNT = 12;
  private static final int MUCH_LATER_COUNT = 4;
  /** Long enough to be still waiting when the broker ends, short enough to be waited for with the next one. */
  private static final long LATER_MS = 40_000;
  /** Several in one second, and several seconds. */
  private static final long APART_MS = 333;
  private static final long HOUR_MS = 3_600_000;
  private static final int DELIVERY_TIMEOUT_MS = 150_000;
  private final Context context;
  private final String group;
  private final String topic;

  TimedLoad(Context context, String group, String prefix) {
    this.context = context;
    this.group = group;
    this.topic = prefix + "-timed";
  }

  void fillSoon() throws Exception {
    context.createTopic(topic, 1);
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < SOON_COUNT; i++) {
      send(producer, "soon" + i, System.currentTimeMillis() + 1_000 + i * APART_MS);
    }
  }

  void awaitSoon() throws Exception {
    await("soon", SOON_COUNT);
  }

  void fillLater() throws Exception {
    DefaultMQProducer producer = context.producer();
    long now = System.currentTimeMillis();
    for (int i = 0; i < MUCH_LATER_COUNT; i++) {
      // The last of them is farther away than a wheel of two days reaches.
      send(producer, "days" + i, now + (2 + 20L * i) * HOUR_MS);
    }
    SendResult recalled = send(producer, "recalled", now + LATER_MS);
    for (int i = 0; i < LATER_COUNT; i++) {
      send(producer, "later" + i, now + LATER_MS + i * APART_MS);
    }
    // By reflection, because this is compiled against clients that have no such method, and not run with them.
    Object handle = SendResult.class.getMethod("getRecallHandle").invoke(recalled);
    var recall = DefaultMQProducer.class.getMethod("recallMessage", String.class, String.class);
    Load.persistently(() -> recall.invoke(producer, topic, handle));
  }

  void awaitLater() throws Exception {
    await("later", LATER_COUNT);
  }

  private SendResult send(DefaultMQProducer producer, String key, long dueMs) throws Exception {
    Message message = new Message(topic, "Timed", key, ("timed " + key).getBytes());
    MessageAccessor.putProperty(message, "TIMER_DELIVER_MS", String.valueOf(dueMs));
    return Load.persistently(() -> producer.send(message));
  }

  private void await(String kind, int count) throws Exception {
    var consumer = context.pullConsumer(group + "-waiting");
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      wanted.add(kind + i);
    }
    Context.await(count + " timers of the kind " + kind, DELIVERY_TIMEOUT_MS, () -> {
      Set<String> keys = SpecialLoad.keys(consumer, topic, 1);
      return keys.containsAll(wanted);
    });
  }
}
