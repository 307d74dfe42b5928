import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;

/** What a slave asks of timers: how far they are, and how many wait for each topic. No client library of 4.9 has these, and those of 5.x only for brokers. */
final class TimerFigureScenarios {
  private static final int CHECK_POINT = 60;
  private static final int METRICS = 61;
  private static final int TIMEOUT_MS = 60_000;
  /** Nothing that waits so long comes while the scenario runs. */
  private static final long LONG_MS = 3_600_000;
  private static final long SHORT_MS = 10_000;
  private static final byte[] NO_BODY = {};

  private TimerFigureScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("timer-figures", TimerFigureScenarios::figures);
  }

  private static void figures(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 1);
    DefaultMQProducer producer = context.producer();
    long start = System.currentTimeMillis();
    long soon = 0;
    for (int i = 0; i < 5; i++) {
      Message message = new Message(topic, null, "k" + i, ("body " + i).getBytes());
      soon = System.currentTimeMillis() + SHORT_MS;
      MessageAccessor.putProperty(message, "TIMER_DELIVER_MS", String.valueOf(i == 4 ? soon : start + LONG_MS));
      producer.send(message);
    }
    try (Raw raw = new Raw(context.brokerOf(topic))) {
      Map<String, Object> facts = context.facts;
      facts.put("allWait", awaited(raw, topic, count -> count == 5));
      long due = soon;
      List<Long> checkPoint = new ArrayList<>();
      facts.put("oneCame", awaited(raw, topic, count -> count == 4));
      facts.put("readOn", Context.within(TIMEOUT_MS, () -> {
        checkPoint.clear();
        checkPoint.addAll(checkPoint(raw));
        return checkPoint.get(0) > due && checkPoint.get(1) >= 5 * 52 && checkPoint.get(2) >= 5;
      }));
      facts.put("checkPointFields", checkPoint.size());
      facts.put("ofMaster", checkPoint.get(3) >= checkPoint.get(2));
      facts.put("version", checkPoint.get(4));
      facts.put("versionCounts", checkPoint.get(5) > 0 && checkPoint.get(6) > 0);
      facts.put("otherTopic", waiting(raw, context.name("absent")));
      raw.ask(METRICS, Map.of(), NO_BODY);
      facts.put("members", raw.text().replaceAll("\\{[^{}]*\\}", "{}").replaceAll("\"timingCount\":\\{.*\\}\\}?$", "\"timingCount\":{}}").replaceAll("\\s", ""));
    }
  }

  private static boolean awaited(Raw raw, String topic, LongPredicate wanted) throws Exception {
    return Context.within(TIMEOUT_MS, () -> wanted.test(waiting(raw, topic)));
  }

  /** How many messages wait for the topic; −1 when it is not named. */
  private static long waiting(Raw raw, String topic) {
    try {
      int code = raw.ask(METRICS, Map.of(), NO_BODY);
      if (code != 0) {
        throw new IllegalStateException("refused with " + code);
      }
      Matcher entry = Pattern.compile("\"" + Pattern.quote(topic) + "\"\\s*:\\s*\\{[^}]*\"count\"\\s*:\\s*(\\d+)").matcher(raw.text());
      return entry.find() ? Long.parseLong(entry.group(1)) : -1;
    } catch (Exception broken) {
      throw new IllegalStateException("the broker does not say how many timers wait: " + broken, broken);
    }
  }

  private static List<Long> checkPoint(Raw raw) {
    try {
      int code = raw.ask(CHECK_POINT, Map.of(), NO_BODY);
      if (code != 0) {
        throw new IllegalStateException("refused with " + code);
      }
      List<Long> fields = new ArrayList<>();
      for (ByteBuffer body = ByteBuffer.wrap(raw.body()); body.remaining() >= 8; ) {
        fields.add(body.getLong());
      }
      return fields;
    } catch (Exception broken) {
      throw new IllegalStateException("the broker does not say how far timers are: " + broken, broken);
    }
  }
}
