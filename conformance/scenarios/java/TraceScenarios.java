import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.QueryResult;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Message trace: what a producer and a consumer with enableMsgTrace say of a message can be looked up by its id. */
final class TraceScenarios {
  private static final String TRACE_TOPIC = "RMQ_SYS_TRACE_TOPIC";
  private static final int COUNT = 5;
  private static final long TRACED_MS = 90_000;

  private TraceScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("message-trace", TraceScenarios::trace);
  }

  private static void trace(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    Set<String> seen = ConcurrentHashMap.newKeySet();
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(context.group(), null, new AllocateMessageQueueAveragely(), true, null);
    context.prepare(consumer);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    context.own(consumer::shutdown);
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> seen.add(message.getKeys()) || true);
    consumer.start();
    DefaultMQProducer producer = new DefaultMQProducer(context.name("TP"), true, null);
    context.prepare(producer);
    producer.setSendMsgTimeout(Context.SEND_TIMEOUT_MS);
    context.own(producer::shutdown);
    producer.start();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      ids.add(producer.send(new Message(topic, "Tag", "k" + i, "traced".getBytes())).getMsgId());
    }
    context.facts.put("consumed", Context.within(TRACED_MS, () -> seen.size() == COUNT));
    DefaultMQProducer reader = context.producer();
    Map<String, Integer> kinds = new TreeMap<>();
    boolean found = true;
    for (String id : ids) {
      found &= Context.within(TRACED_MS, () -> recordsOf(reader, id, topic, context.group()).size() >= 3);
      recordsOf(reader, id, topic, context.group()).forEach(kind -> kinds.merge(kind, 1, Integer::sum));
    }
    context.facts.put("traced", found);
    context.facts.put("kinds", kinds.toString());
  }

  /** The kinds of the trace records of a message, `Pub`, `SubBefore`, `SubAfter`. */
  private static List<String> recordsOf(DefaultMQProducer reader, String id, String topic, String group) {
    List<String> kinds = new ArrayList<>();
    for (MessageExt message : query(reader, id)) {
      for (String record : new String(message.getBody(), StandardCharsets.UTF_8).split("\u0002")) {
        String[] fields = record.split("\u0001");
        if (record.contains(id) && (record.contains(topic) || record.contains(group))) {
          kinds.add(fields[0] + " " + fields.length);
        }
      }
    }
    return kinds;
  }

  private static List<MessageExt> query(DefaultMQProducer reader, String id) {
    try {
      QueryResult result = reader.queryMessage(TRACE_TOPIC, id, 64, 0, Long.MAX_VALUE);
      return result.getMessageList();
    } catch (MQClientException | InterruptedException notYet) {
      return List.of();
    }
  }
}
