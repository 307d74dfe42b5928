import java.io.PrintStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * A step: Dump NAMESRV GROUP TOPIC...: everything a client can read of the topics and of the group's offsets, as JSON lines. A topic that has no route is written with
 * the number of its queues, as in `SCHEDULE_TOPIC_XXXX=18`.
 */
public final class Dump {
  static void run(List<String> args, PrintStream out) throws Exception {
    try (Context context = new Context(args.get(0), "dump", Context.instance())) {
      DefaultMQPullConsumer consumer = context.pullConsumer(args.get(1));
      for (String topic : args.subList(2, args.size())) {
        for (MessageQueue queue : queuesOf(consumer, topic)) {
          dump(out, consumer, queue);
        }
      }
    }
  }

  private static List<MessageQueue> queuesOf(DefaultMQPullConsumer consumer, String topic) throws Exception {
    int equals = topic.indexOf('=');
    if (equals < 0) {
      return PullScenarios.sorted(Load.persistently(() -> consumer.fetchSubscribeMessageQueues(topic)));
    }
    List<MessageQueue> queues = new ArrayList<>();
    for (int id = 0; id < Integer.parseInt(topic.substring(equals + 1)); id++) {
      queues.add(new MessageQueue(topic.substring(0, equals), "broker-a", id));
    }
    return queues;
  }

  private static void dump(PrintStream out, DefaultMQPullConsumer consumer, MessageQueue queue) throws Exception {
    long offset = Load.persistently(() -> consumer.minOffset(queue));
    long end = Load.persistently(() -> consumer.maxOffset(queue));
    Map<String, Object> ends = new LinkedHashMap<>();
    ends.put("kind", "queue");
    ends.put("topic", queue.getTopic());
    ends.put("queue", queue.getQueueId());
    ends.put("min", offset);
    ends.put("max", end);
    ends.put("committed", Load.persistently(() -> consumer.fetchConsumeOffset(queue, true)));
    out.println(Json.write(ends));
    while (offset < end) {
      long from = offset;
      PullResult result = Load.persistently(() -> consumer.pull(queue, "*", from, 32));
      if (result.getPullStatus() != PullStatus.FOUND) {
        ends.put("kind", "hole");
        ends.put("offset", offset);
        ends.put("status", result.getPullStatus());
        out.println(Json.write(ends));
        break;
      }
      for (MessageExt message : result.getMsgFoundList()) {
        // What came in while we read is for the next dump, so that a dump agrees with the ends that it names.
        if (message.getQueueOffset() < end) {
          out.println(Json.write(describe(message)));
        }
      }
      offset = result.getNextBeginOffset();
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
    fields.put("bodyLength", message.getBody().length);
    return fields;
  }
}
