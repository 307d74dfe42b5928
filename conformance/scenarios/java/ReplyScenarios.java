import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Requests that are messages, answered by consumers. */
final class ReplyScenarios {
  private static final int COUNT = 20;
  private static final long ANSWER_MS = 60_000;
  /** Of which a busy machine may need much for the send. */
  private static final long SHORT_MS = 5_000;
  private static final String REPLY_TOPIC = "DefaultCluster_REPLY_TOPIC";

  private ReplyScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("request-reply", ReplyScenarios::requestReply);
    known.put("request-refusals", ReplyScenarios::refusals);
  }

  private static void requestReply(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 2);
    DefaultMQProducer replier = context.producer();
    Map<String, Object> refused = new ConcurrentHashMap<>();
    Map<String, Integer> replies = new ConcurrentHashMap<>();
    CountDownLatch late = new CountDownLatch(1);
    CountDownLatch answeredLate = new CountDownLatch(1);
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      try {
        if (message.getKeys().equals("silent")) {
          late.await(ANSWER_MS, TimeUnit.MILLISECONDS);
        }
        byte[] body = message.getKeys().equals("large") ? "pong ".repeat(10_000).getBytes() : ("pong " + message.getKeys()).getBytes();
        Message reply = MessageUtil.createReplyMessage(message, body);
        reply.putUserProperty("asked", message.getKeys());
        replies.put(message.getKeys(), replier.send(reply, Context.SEND_TIMEOUT_MS).getMessageQueue().getQueueId());
      } catch (Exception failure) {
        refused.put(message.getKeys(), failure.getClass().getSimpleName());
      } finally {
        if (message.getKeys().equals("silent")) {
          answeredLate.countDown();
        }
      }
      return true;
    });
    consumer.start();
    Context.await("all queues", 75_000, () -> Consumers.queues(consumer, topic) == 2);
    DefaultMQProducer asker = context.producer();

    int answered = 0;
    TreeSet<String> names = new TreeSet<>();
    for (int i = 0; i < COUNT; i++) {
      MessageExt reply = (MessageExt) asker.request(new Message(topic, "", "s" + i, "ping".getBytes()), ANSWER_MS);
      answered += new String(reply.getBody()).equals("pong s" + i) && reply.getUserProperty("asked").equals("s" + i) ? 1 : 0;
      names.addAll(reply.getProperties().keySet());
      context.facts.put("replyTopic", reply.getTopic());
      context.facts.put("bornHost", ((java.net.InetSocketAddress) reply.getBornHost()).getAddress().getHostAddress());
      context.facts.put("sysFlag", reply.getSysFlag());
    }
    context.facts.put("sync", answered);
    context.facts.put("replyProperties", new ArrayList<>(names));
    Message large = asker.request(new Message(topic, "", "large", "ping".getBytes()), ANSWER_MS);
    context.facts.put("large", large.getBody().length);
    context.facts.put("async", async(context, asker, topic));
    context.facts.put("timeout", timeout(asker, topic));
    late.countDown();
    context.facts.put("answeredLate", answeredLate.await(ANSWER_MS, TimeUnit.MILLISECONDS));
    Message after = asker.request(new Message(topic, "", "after", "ping".getBytes()), ANSWER_MS);
    context.facts.put("after", new String(after.getBody()));
    context.facts.put("refused", new ArrayList<>(new TreeSet<>(refused.keySet())));
    context.facts.put("repliesInQueue0", replies.values().stream().allMatch(queue -> queue == 0));
    stored(context, "s7");
  }

  private static int async(Context context, DefaultMQProducer asker, String topic) throws Exception {
    AtomicInteger right = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(COUNT);
    for (int i = 0; i < COUNT; i++) {
      String key = "a" + i;
      asker.request(new Message(topic, "", key, "ping".getBytes()), new RequestCallback() {
        @Override
        public void onSuccess(Message reply) {
          right.addAndGet(new String(reply.getBody()).equals("pong " + key) ? 1 : 0);
          done.countDown();
        }

        @Override
        public void onException(Throwable failure) {
          failure.printStackTrace();
          done.countDown();
        }
      }, ANSWER_MS);
    }
    context.facts.put("asyncDone", done.await(2 * ANSWER_MS, TimeUnit.MILLISECONDS));
    return right.get();
  }

  /** A request that nobody answers in time ends for who asked, and the late answer harms nobody. */
  private static String timeout(DefaultMQProducer asker, String topic) throws Exception {
    try {
      asker.request(new Message(topic, "", "silent", "ping".getBytes()), SHORT_MS);
      return "answered";
    } catch (RequestTimeoutException expected) {
      return expected.getClass().getSimpleName();
    }
  }

  /** A copy of each reply is kept. */
  private static void stored(Context context, String key) throws Exception {
    AtomicReference<MessageExt> found = new AtomicReference<>();
    for (MessageExt message : context.readAll(REPLY_TOPIC)) {
      if (key.equals(message.getUserProperty("asked")) && new String(message.getBody()).equals("pong " + key)) {
        found.set(message);
      }
    }
    context.facts.put("stored", found.get() != null);
    if (found.get() != null) {
      context.facts.put("storedProperties", new ArrayList<>(new TreeSet<>(found.get().getProperties().keySet())));
    }
  }

  /** Over a bare connection: what clients never send. */
  private static void refusals(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      context.facts.put("nobody", raw.ask(324, fields(REPLY_TOPIC, 0, "REPLY_TO_CLIENT\u0001nobody\u0002CORRELATION_ID\u0001c\u0002"), "pong".getBytes()));
      context.facts.put("noClient", raw.ask(324, fields(REPLY_TOPIC, 0, "CORRELATION_ID\u0001c\u0002"), "pong".getBytes()));
      context.facts.put("queue", raw.ask(324, fields(REPLY_TOPIC, 9, "REPLY_TO_CLIENT\u0001nobody\u0002"), "pong".getBytes()));
      context.facts.put("name", raw.ask(324, fields("not:allowed", 0, "REPLY_TO_CLIENT\u0001nobody\u0002"), "pong".getBytes()));
      context.facts.put("forbidden", raw.ask(324, fields("SCHEDULE_TOPIC_XXXX", 0, "REPLY_TO_CLIENT\u0001nobody\u0002"), "pong".getBytes()));
    }
  }

  private static Map<String, Object> fields(String topic, int queueId, String properties) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("producerGroup", "PG");
    fields.put("topic", topic);
    fields.put("defaultTopic", "TBW102");
    fields.put("defaultTopicQueueNums", 1);
    fields.put("queueId", queueId);
    fields.put("sysFlag", 0);
    fields.put("bornTimestamp", System.currentTimeMillis());
    fields.put("flag", 0);
    fields.put("properties", properties);
    fields.put("reconsumeTimes", 0);
    fields.put("unitMode", false);
    fields.put("batch", false);
    return fields;
  }
}
