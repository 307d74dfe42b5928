import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/**
 * Load by the Java client. Reads a job a line: name server, topic, body bytes, in flight, milliseconds before the window
 * and of the window. Prints OPEN and CLOSED when the window opens and closes (the runner reads CPU times there), and then
 * RESULT messages nanoseconds p50 p99 p99.9 max (microseconds), or FAILED and the reason.
 */
public final class BenchLoad {
    /** 64 buckets an octave of tenths of a microsecond, as in the raw generator. */
    private static final int SUB_BITS = 6;
    private static final int SUB = 1 << SUB_BITS;
    private static final AtomicLongArray COUNTS = new AtomicLongArray((63 - SUB_BITS + 1) * SUB);
    private static final AtomicLong MAX_NANOS = new AtomicLong();
    private static final AtomicLong MESSAGES = new AtomicLong();
    private static volatile boolean open;

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("READY");
        int jobs = 0;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] job = line.split(" ");
            try {
                run(job[0], job[1], Integer.parseInt(job[2]), Integer.parseInt(job[3]), Long.parseLong(job[4]),
                        Long.parseLong(job[5]), jobs++);
            } catch (Exception error) {
                System.out.println("FAILED " + String.valueOf(error).replace('\n', ' '));
            }
        }
        System.exit(0);
    }

    private static void run(String namesrv, String topic, int bodyBytes, int inFlight, long leadInMs, long windowMs,
            int number) throws Exception {
        clear();
        DefaultMQProducer producer = new DefaultMQProducer("bench-java-producer");
        producer.setNamesrvAddr(namesrv);
        producer.setInstanceName("bench-" + number);
        // A refused send is a failure of the round and not to be hidden by another try.
        producer.setRetryTimesWhenSendFailed(0);
        producer.setRetryTimesWhenSendAsyncFailed(0);
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        producer.start();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try {
            byte[] body = text(bodyBytes);
            producer.send(new Message(topic, body));
            Semaphore permits = new Semaphore(inFlight);
            long endAt = System.nanoTime() + (leadInMs + windowMs) * 1_000_000L;
            Thread sending = new Thread(() -> send(producer, topic, body, inFlight, permits, endAt, failure));
            sending.start();
            Thread.sleep(leadInMs);
            open = true;
            long openedAt = System.nanoTime();
            System.out.println("OPEN");
            Thread.sleep(windowMs);
            open = false;
            long nanos = System.nanoTime() - openedAt;
            System.out.println("CLOSED");
            sending.join();
            permits.acquire(inFlight);
            if (failure.get() != null) throw new IllegalStateException("a send failed", failure.get());
            System.out.println("RESULT " + MESSAGES.get() + " " + nanos + " " + percentile(0.5) + " " + percentile(0.99) + " "
                    + percentile(0.999) + " " + MAX_NANOS.get() / 1000.0);
        } finally {
            open = false;
            producer.shutdown();
        }
    }

    private static void send(DefaultMQProducer producer, String topic, byte[] body, int inFlight, Semaphore permits,
            long endAt, AtomicReference<Throwable> failure) {
        try {
            while (System.nanoTime() < endAt && failure.get() == null) {
                if (inFlight == 1) {
                    long at = System.nanoTime();
                    producer.send(new Message(topic, body));
                    record(System.nanoTime() - at);
                    continue;
                }
                permits.acquire();
                long at = System.nanoTime();
                producer.send(new Message(topic, body), new SendCallback() {
                    @Override
                    public void onSuccess(SendResult result) {
                        record(System.nanoTime() - at);
                        permits.release();
                    }

                    @Override
                    public void onException(Throwable error) {
                        failure.compareAndSet(null, error);
                        permits.release();
                    }
                });
            }
        } catch (Exception error) {
            failure.compareAndSet(null, error);
        }
    }

    private static void record(long nanos) {
        if (!open) return;
        MESSAGES.incrementAndGet();
        MAX_NANOS.accumulateAndGet(nanos, Math::max);
        COUNTS.incrementAndGet(bucketOf(nanos / 100));
    }

    private static int bucketOf(long units) {
        if (units < SUB) return (int) units;
        int octave = 63 - Long.numberOfLeadingZeros(units) - SUB_BITS;
        return (octave + 1) * SUB + (int) ((units >>> octave) - SUB);
    }

    private static double percentile(double share) {
        long rank = Math.max(1, (long) Math.ceil(share * MESSAGES.get()));
        long seen = 0;
        for (int bucket = 0; bucket < COUNTS.length(); bucket++) {
            seen += COUNTS.get(bucket);
            if (seen < rank) continue;
            if (bucket < SUB) return bucket / 10.0;
            int octave = (bucket >>> SUB_BITS) - 1;
            return ((SUB + (bucket & (SUB - 1))) * (double) (1L << octave) + ((1L << octave) - 1) / 2.0) / 10.0;
        }
        return MAX_NANOS.get() / 1000.0;
    }

    private static void clear() {
        for (int bucket = 0; bucket < COUNTS.length(); bucket++) COUNTS.set(bucket, 0);
        MAX_NANOS.set(0);
        MESSAGES.set(0);
    }

    private static byte[] text(int length) {
        byte[] bytes = new byte[length];
        int state = 0x2545f491;
        for (int index = 0; index < length; index++) {
            state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
            bytes[index] = (byte) (33 + ((state >>> 16) % 94));
        }
        return bytes;
    }
}
