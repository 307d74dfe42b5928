import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;

/** Load NAMESRV fill|append GROUP PREFIX: writes a store worth comparing, or adds a little to it. */
public final class Load {
  public static void main(String[] args) throws Exception {
    System.setOut(System.err);
    try (Context context = new Context(args[0], "load", Context.instance())) {
      if (args[1].equals("fill")) {
        fill(context, args[2], args[3]);
      } else {
        append(context, args[3]);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void fill(Context context, String group, String prefix) throws Exception {
    String plain = context.createTopic(prefix + "-plain", 4);
    String batches = context.createTopic(prefix + "-batches", 1);
    String large = context.createTopic(prefix + "-large", 2);
    DefaultMQProducer producer = context.producer();
    for (int i = 0; i < 800; i++) {
      Message message = new Message(plain, "Tag" + i % 5, "k" + i + " second" + i, i % 7, ("body " + i).getBytes(), true);
      message.putUserProperty("text", "\u6d88\u606f \ud83d\ude80 " + i);
      producer.send(message);
    }
    for (int b = 0; b < 10; b++) {
      List<Message> batch = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        batch.add(new Message(batches, "Batch" + b, "b" + b + "-" + i, ("batch body " + i).getBytes()));
      }
      producer.send(batch);
    }
    Random random = new Random(1);
    for (int i = 0; i < 40; i++) {
      byte[] body = new byte[1 + random.nextInt(300_000)];
      // Every third one is compressible, so that compressed records are there too.
      if (i % 3 != 0) {
        random.nextBytes(body);
      }
      Message message = new Message(large, "L", "l" + i, body);
      message.putUserProperty("long", "p".repeat(random.nextInt(30_000)));
      producer.send(message);
    }
    DefaultMQPullConsumer consumer = context.pullConsumer(group);
    for (String topic : List.of(plain, batches)) {
      for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(topic)) {
        // A broker takes offsets only of groups it has met.
        consumer.pull(queue, "*", 0, 1);
        consumer.getDefaultMQPullConsumerImpl().getOffsetStore().updateConsumeOffsetToBroker(queue, 10 + queue.getQueueId(), false);
      }
    }
  }

  private static void append(Context context, String prefix) throws Exception {
    DefaultMQProducer producer = context.producer();
    for (String topic : List.of(prefix + "-plain", prefix + "-batches", prefix + "-large", prefix + "-new")) {
      for (int i = 0; i < 20; i++) {
        producer.send(new Message(topic, "More", "more" + i, ("appended " + i).getBytes()));
      }
    }
  }
}
