import java.io.FileWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

/**
 * Steady produce|consume NAMESRV TOPIC LOG: works until its standard input ends, whatever happens to the broker.
 * The producer logs "key queue offset" of every acknowledged message, the consumer the key of every message seen.
 */
public final class Steady {
  private static final int SENDERS = 4;
  private static final int START_TRIES = 5;

  public static void main(String[] args) throws Exception {
    try (Writer log = new FileWriter(args[3], true); Context context = new Context(args[1], "steady", Context.instance())) {
      if (args[0].equals("produce")) {
        produce(context, args[2], log);
      } else {
        consume(context, args[2], log);
      }
    }
    Runtime.getRuntime().halt(0);
  }

  private static void untilInputEnds() throws Exception {
    System.out.println("started");
    System.out.flush();
    while (System.in.read() >= 0) {
      // Nothing is ever said on standard input; its end is the message.
    }
  }

  private static void write(Writer log, String line) {
    synchronized (log) {
      try {
        log.write(line + "\n");
        log.flush();
      } catch (java.io.IOException full) {
        throw new java.io.UncheckedIOException(full);
      }
    }
  }

  private static void produce(Context context, String topic, Writer log) throws Exception {
    context.createTopic(topic, 4);
    DefaultMQProducer producer = context.producer();
    producer.setRetryTimesWhenSendFailed(0);
    producer.setSendMsgTimeout(2_000);
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> senders = new ArrayList<>();
    for (int s = 0; s < SENDERS; s++) {
      int sender = s;
      senders.add(new Thread(() -> {
        for (int i = 0; !stop.get(); i++) {
          String key = sender + "-" + i;
          try {
            SendResult receipt = producer.send(new Message(topic, "S" + sender, key, ("steady " + key).getBytes()));
            if (receipt.getSendStatus() == SendStatus.SEND_OK) {
              write(log, key + " " + receipt.getMessageQueue().getQueueId() + " " + receipt.getQueueOffset());
            }
            Thread.sleep(2);
          } catch (Exception brokerIsDown) {
            pause(50);
          }
        }
      }));
    }
    senders.forEach(Thread::start);
    untilInputEnds();
    stop.set(true);
    for (Thread sender : senders) {
      sender.join();
    }
  }

  private static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static void consume(Context context, String topic, Writer log) throws Exception {
    for (int left = START_TRIES; !startConsumer(context, topic, log); left--) {
      if (left == 1) {
        throw new IllegalStateException("the consumer could not be started");
      }
      pause(1_000);
    }
    untilInputEnds();
  }

  /** A consumer asks for its route once when it starts, and does not start when a busy NameServer fails to answer. */
  private static boolean startConsumer(Context context, String topic, Writer log) throws Exception {
    DefaultMQPushConsumer consumer = context.pushConsumer("steady-consumers");
    consumer.subscribe(topic, "*");
    Consumers.concurrently(consumer, message -> {
      write(log, message.getKeys());
      return true;
    });
    try {
      consumer.start();
      return true;
    } catch (MQClientException | IllegalStateException busy) {
      busy.printStackTrace();
      consumer.shutdown();
      return false;
    }
  }
}
