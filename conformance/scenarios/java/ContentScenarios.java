import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** Messages at the edges of what a record can hold. */
final class ContentScenarios {
  private static final int LIMIT = 4 * 1024 * 1024;

  private ContentScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("large-bodies", ContentScenarios::largeBodies);
    known.put("long-strings", ContentScenarios::longStrings);
    known.put("unicode-properties", ContentScenarios::unicode);
    known.put("compressed-body", ContentScenarios::compressed);
  }

  private static byte[] noise(int size) {
    byte[] body = new byte[size];
    new Random(size).nextBytes(body);
    return body;
  }

  /** The outcome of a send as a fact: its status, or the code it was refused with. */
  private static Object attempt(DefaultMQProducer producer, Message message) throws Exception {
    try {
      SendResult receipt = producer.send(message);
      return receipt.getSendStatus().toString();
    } catch (MQBrokerException refused) {
      return "refused " + refused.getResponseCode();
    }
  }

  private static void largeBodies(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
    producer.setRetryTimesWhenSendFailed(0);
    int[] sizes = {1024 * 1024, LIMIT - 1, LIMIT, LIMIT + 1, LIMIT + 1024 * 1024};
    for (int size : sizes) {
      context.facts.put("body" + size, attempt(producer, new Message(topic, "", "k" + size, noise(size))));
    }
    List<MessageExt> stored = context.readAll(topic);
    context.facts.put("stored", stored.size());
    context.facts.put("intact", stored.stream().filter(m -> Arrays.equals(m.getBody(), noise(m.getBody().length)) && m.getKeys().equals("k" + m.getBody().length)).count());
  }

  private static void longStrings(Context context) throws Exception {
    StringBuilder name = new StringBuilder(context.topic());
    while (name.length() < 127) {
      name.append('x');
    }
    String topic = context.createTopic(name.toString(), 1);
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendFailed(0);
    int[] lengths = {255, 256, 1000, 16_000, 32_000, 32_767, 33_000, 40_000};
    for (int length : lengths) {
      Message message = new Message(topic, "", "k" + length, "body".getBytes());
      message.putUserProperty("long", "v".repeat(length));
      context.facts.put("property" + length, attempt(producer, message));
    }
    List<MessageExt> stored = context.readAll(topic);
    context.facts.put("stored", stored.size());
    context.facts.put("topicIntact", stored.stream().allMatch(m -> m.getTopic().equals(topic)));
    context.facts.put("intact", stored.stream().filter(m -> ("k" + m.getUserProperty("long").length()).equals(m.getKeys())).count());
  }

  private static void unicode(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    String text = "\u00e4\u6d88\u606f\u0645 \ud83d\ude80\ud835\udd4f \"quoted\" \\ / \t end";
    Message message = new Message(topic, "T\u00e4g\ud83d\ude80", "k\u6d88 k\u606f", text.getBytes("UTF-8"));
    for (int i = 0; i < 200; i++) {
      message.putUserProperty("name" + i + "\u6d88", text + i);
    }
    message.setFlag(-7);
    context.facts.put("status", attempt(producer, message));
    List<MessageExt> stored = context.readAll(topic);
    context.facts.put("stored", stored.size());
    MessageExt back = stored.get(0);
    int intact = 0;
    for (int i = 0; i < 200; i++) {
      intact += (text + i).equals(back.getUserProperty("name" + i + "\u6d88")) ? 1 : 0;
    }
    context.facts.put("intactProperties", intact);
    context.facts.put("body", new String(back.getBody(), "UTF-8").equals(text));
    context.facts.put("tag", back.getTags());
    context.facts.put("keys", back.getKeys());
    context.facts.put("flag", back.getFlag());
    context.facts.put("sysFlag", back.getSysFlag());
    context.facts.put("propertyCount", back.getProperties().size());
    context.facts.put("bodyCrc", back.getBodyCRC());
    context.facts.put("bornHost", ((java.net.InetSocketAddress) back.getBornHost()).getAddress().getHostAddress());
    context.facts.put("cluster", back.getProperties().get("CLUSTER"));
  }

  private static void compressed(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    for (int size : new int[] {4095, 4096, 200_000, 6_000_000}) {
      byte[] body = "compressible ".repeat(size / 13 + 1).substring(0, size).getBytes();
      context.facts.put("body" + size, attempt(producer, new Message(topic, "", "k" + size, body)));
    }
    for (MessageExt message : context.readAll(topic)) {
      boolean intact = new String(message.getBody()).startsWith("compressible ") && message.getKeys().equals("k" + message.getBody().length);
      context.facts.put("read" + message.getKeys(), intact + " sysFlag " + message.getSysFlag());
      context.facts.put("small" + message.getKeys(), message.getStoreSize() < 5000);
    }
    otherAlgorithms(context);
  }

  /** Clients of 5.x know more algorithms than zlib. */
  private static void otherAlgorithms(Context context) throws Exception {
    for (Method method : DefaultMQProducer.class.getMethods()) {
      if (!method.getName().equals("setCompressType")) {
        continue;
      }
      for (Object type : method.getParameterTypes()[0].getEnumConstants()) {
        String topic = context.createTopic(context.name("T" + type), 1);
        DefaultMQProducer producer = context.producer();
        method.invoke(producer, type);
        byte[] body = "compressible ".repeat(20_000).getBytes();
        context.facts.put("send" + type, attempt(producer, new Message(topic, "", "k0", body)));
        for (MessageExt message : context.readAll(topic)) {
          context.facts.put("read" + type, Arrays.equals(body, message.getBody()) + " sysFlag " + message.getSysFlag());
          context.facts.put("small" + type, message.getStoreSize() < 30_000);
        }
      }
    }
  }
}
