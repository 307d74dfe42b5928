import java.io.PrintStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Dump NAMESRV GROUP TOPIC...: everything a client can read of the topics and of the group's offsets, as JSON lines. */
public final class Dump {
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err);
    try (Context context = new Context(args[0], "dump", Context.instance())) {
      DefaultMQPullConsumer consumer = context.pullConsumer(args[1]);
      for (String topic : Arrays.asList(args).subList(2, args.length)) {
        dump(out, consumer, topic);
      }
    }
    out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static void dump(PrintStream out, DefaultMQPullConsumer consumer, String topic) throws Exception {
    for (MessageQueue queue : PullScenarios.sorted(consumer.fetchSubscribeMessageQueues(topic))) {
      long offset = consumer.minOffset(queue);
      long end = consumer.maxOffset(queue);
      Map<String, Object> ends = new LinkedHashMap<>();
      ends.put("kind", "queue");
      ends.put("topic", topic);
      ends.put("queue", queue.getQueueId());
      ends.put("min", offset);
      ends.put("max", end);
      ends.put("committed", consumer.fetchConsumeOffset(queue, true));
      out.println(Json.write(ends));
      while (offset < end) {
        PullResult result = consumer.pull(queue, "*", offset, 32);
        if (result.getPullStatus() != PullStatus.FOUND) {
          ends.put("kind", "hole");
          ends.put("offset", offset);
          ends.put("status", result.getPullStatus());
          out.println(Json.write(ends));
          break;
        }
        for (MessageExt message : result.getMsgFoundList()) {
          out.println(Json.write(describe(message)));
        }
        offset = result.getNextBeginOffset();
      }
    }
  }

  private static Map<String, Object> describe(MessageExt message) throws Exception {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", "message");
    fields.put("topic", message.getTopic());
    fields.put("queue", message.getQueueId());
    fields.put("offset", message.getQueueOffset());
    fields.put("physicalOffset", message.getCommitLogOffset());
    fields.put("offsetMsgId", PullScenarios.offsetId(message));
    fields.put("storeSize", message.getStoreSize());
    fields.put("flag", message.getFlag());
    fields.put("sysFlag", message.getSysFlag());
    fields.put("bornTimestamp", message.getBornTimestamp());
    fields.put("bornHost", message.getBornHost());
    fields.put("storeTimestamp", message.getStoreTimestamp());
    fields.put("storeHost", message.getStoreHost());
    fields.put("reconsumeTimes", message.getReconsumeTimes());
    fields.put("preparedTransactionOffset", message.getPreparedTransactionOffset());
    Map<String, String> properties = new TreeMap<>(message.getProperties());
    // Added by the client from the queue's end at the time of the pull: not part of the record.
    properties.remove("MIN_OFFSET");
    properties.remove("MAX_OFFSET");
    fields.put("properties", properties);
    StringBuilder hash = new StringBuilder();
    for (byte b : MessageDigest.getInstance("SHA-256").digest(message.getBody())) {
      hash.append(String.format("%02x", b));
    }
    fields.put("bodySha256", hash);
    return fields;
  }
}
