import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/** Measured with nothing else running. */
final class TimingScenarios {
  private static final int WARM_UP = 200;
  private static final int SAMPLES = 300;

  private TimingScenarios() {}

  static void register(Map<String, Scenario> known) {
    known.put("push-latency", TimingScenarios::pushLatency);
  }

  /** From just before a send to the listener that was waiting for it, one message at a time. */
  private static void pushLatency(Context context) throws Exception {
    String topic = context.createTopic(context.topic(), 4);
    DefaultMQProducer producer = context.producer();
    SynchronousQueue<Long> arrivals = new SynchronousQueue<>();
    DefaultMQPushConsumer consumer = context.pushConsumer(context.group());
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      try {
        return arrivals.offer(System.nanoTime(), 10, TimeUnit.SECONDS);
      } catch (InterruptedException stopping) {
        return false;
      }
    });
    consumer.start();
    Context.await("all queues", 75_000, () -> Consumers.queues(consumer, topic) == 4);
    double[] latencies = new double[SAMPLES];
    int lost = 0;
    for (int i = -WARM_UP; i < SAMPLES; i++) {
      long start = System.nanoTime();
      producer.send(new Message(topic, "", "k" + i, new byte[128]));
      Long arrived = arrivals.poll(10, TimeUnit.SECONDS);
      lost += arrived == null ? 1 : 0;
      if (i >= 0) {
        latencies[i] = arrived == null ? 10_000 : (arrived - start) / 1e6;
      }
      // Time for the consumer to wait again.
      Thread.sleep(5);
    }
    Arrays.sort(latencies);
    context.facts.put("sent", WARM_UP + SAMPLES);
    context.facts.put("lost", lost);
    context.measurements.put("medianMs", latencies[SAMPLES / 2]);
    context.measurements.put("p99Ms", latencies[SAMPLES * 99 / 100]);
    context.measurements.put("maxMs", latencies[SAMPLES - 1]);
  }
}
