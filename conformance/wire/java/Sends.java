import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

final class Sends {
    /** Nothing comes back to wait for, and the next case must not take the frame for its own. */
    private static final int ONEWAY_SETTLES_MS = 300;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static DefaultMQProducer producer(String group) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(group);
        producer.setVipChannelEnabled(false);
        producer.setSendMsgTimeout(20_000);
        producer.start();
        return producer;
    }

    static void play(Stage stage) throws Exception {
        stage.tape.mark("producer-start", "105*2,34", "first frames of a producer");
        DefaultMQProducer producer = producer("PG");
        MessageQueue queue = new MessageQueue(Stage.TOPIC, "broker-a", 1);
        stage.attempt("auto-create", "105*2,310,103", "first message of an unknown topic: route of it, route of TBW102, send, broker registers the topic",
            () -> System.out.println(producer.send(new Message(Stage.TOPIC, bytes("Hi")))));
        stage.attempt("heartbeat", "34", "heartbeat of a producer", () -> Thread.sleep(1500));
        Message rich = new Message(Stage.TOPIC, "A", "k1 k2", 7, bytes("tagged"), true);
        rich.putUserProperty("u", "v");
        stage.attempt("tag-keys-flag", "310", "tag, two keys, a user property, flag 7, chosen queue", () -> producer.send(rich, queue));
        Message text = new Message(Stage.TOPIC, "Ü", "ключ", bytes("日本 body"));
        text.putUserProperty("emoji", "\uD83D\uDE00 \"quoted\" \\ /");
        stage.attempt("non-ascii", "310", "non-ASCII and characters JSON escapes in properties", () -> producer.send(text, queue));
        stage.attempt("no-wait", "310", "WAIT=false", () -> producer.send(new Message(Stage.TOPIC, "B", "", 0, bytes("no wait"), false), queue));
        stage.attempt("oneway", "310", "oneway: no response", () -> {
            producer.sendOneway(new Message(Stage.TOPIC, "A", bytes("oneway")), queue);
            Thread.sleep(ONEWAY_SETTLES_MS);
        });
        CountDownLatch done = new CountDownLatch(1);
        stage.attempt("async", "310", "asynchronous send", () -> {
            producer.send(new Message(Stage.TOPIC, "A", bytes("async")), queue, new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    done.countDown();
                }

                @Override
                public void onException(Throwable problem) {
                    System.out.println(problem);
                    done.countDown();
                }
            });
            done.await();
        });
        char[] large = new char[5000];
        Arrays.fill(large, 'a');
        stage.attempt("compressed", "310", "a body over 4096 bytes: the client compresses it with zlib", () -> producer.send(new Message(Stage.TOPIC, bytes(new String(large))), queue));
        Message delayed = new Message(Stage.TOPIC, bytes("later"));
        delayed.setDelayTimeLevel(1);
        stage.attempt("delay-level", "310", "delay level 1", () -> producer.send(delayed, queue));
        stage.attempt("batch", "320", "a batch of three", () -> producer.send(Arrays.asList(new Message(Stage.TOPIC, "A", "b1", bytes("one")), new Message(Stage.TOPIC, "B", "b2", bytes("two")), new Message(Stage.TOPIC, bytes("three"))), queue));
        stage.attempt("batch-of-one", "320", "a batch of one", () -> producer.send(Arrays.asList(new Message(Stage.TOPIC, "A", bytes("single"))), queue));
        refusals(stage);
        stage.attempt("producer-stop", "35", "unregister a producer", producer::shutdown);
    }

    /** The one-letter header by hand, with what each case changes. */
    private static RemotingCommand send(String body, String... changes) {
        String[] fields = {"a", "PG", "b", Stage.TOPIC, "c", "TBW102", "d", "4", "e", "1", "f", "0", "g", "1700000000000", "h", "0",
            "i", "TAGS\u0001A", "j", "0", "k", "false", "m", "false", "n", "broker-a"};
        RemotingCommand command = Raw.command(310, body == null ? null : bytes(body), fields);
        for (int i = 0; i < changes.length; i += 2) {
            if (changes[i + 1] == null) {
                command.getExtFields().remove(changes[i]);
            } else {
                command.addExtField(changes[i], changes[i + 1]);
            }
        }
        return command;
    }

    private static void refusals(Stage stage) throws Exception {
        Object[][] cases = {
            {"no-unique-key", "no UNIQ_KEY and no separator at the end of the properties: the broker adds them", send("x")},
            {"no-properties", "no properties at all", send("x", "i", null)},
            {"any-queue", "queueId -1: the broker chooses", send("x", "e", "-1")},
            {"no-m-n", "letters a to l only, as an older client", send("x", "m", null, "n", null)},
            {"no-topic-template", "unknown topic and unknown template", send("x", "b", "T404", "c", "NOPE")},
            {"illegal-topic", "a character that topics may not have", send("x", "b", "a b")},
            {"topic-too-long", "128 characters", send("x", "b", new String(new char[128]).replace('\0', 't'))},
            {"reserved-topic", "a topic clients may not send to", send("x", "b", "SCHEDULE_TOPIC_XXXX")},
            {"queue-out-of-range", "queueId 99", send("x", "e", "99")},
            {"empty-body", "no body", send(null)},
            {"no-queue-field", "mandatory field e missing", send("x", "e", null)},
            {"retry-without-group", "retry topic of a group the broker does not know", send("x", "b", "%RETRY%nogroup")},
            {"retry-topic", "retry topic of the group CLIENT_INNER", send("x", "b", "%RETRY%CG", "j", "1", "l", "16", "a", "CLIENT_INNER_PRODUCER")},
            {"dlq", "reconsumeTimes over the maximum goes to the dead-letter topic", send("x", "b", "%RETRY%CG", "j", "17", "l", "16")},
            {"properties-too-long", "32768 bytes of properties: the request is too large to keep here", send("x", "i", "P\u0001" + new String(new char[32766]).replace('\0', 'p'))},
            {"no-fields", "no extFields at all", Raw.command(310, bytes("x"))},
        };
        for (Object[] one : cases) {
            stage.attempt((String) one[0], "310", (String) one[1], () -> stage.raw.call(stage.broker, (RemotingCommand) one[2]));
        }
        stage.attempt("illegal-oneway", "310", "a refused oneway gets no answer", () -> {
            stage.raw.oneway(stage.broker, send("x", "b", "a b"));
            Thread.sleep(300);
        });
        stage.attempt("batch-to-retry", "320", "a batch to a retry topic", () -> {
            RemotingCommand command = send("x", "b", "%RETRY%CG", "m", "true");
            command.setCode(320);
            stage.raw.call(stage.broker, command);
        });
        stage.attempt("unknown-code", "29999", "a request code nobody knows, to a broker", () -> stage.raw.call(stage.broker, 29999, bytes("x"), "k", "v"));
    }

    static void playOld(Stage stage) throws Exception {
        stage.tape.mark("producer-start-old", "34", "");
        DefaultMQProducer producer = producer("PGOLD");
        stage.attempt("send", "10", "long field names (org.apache.rocketmq.client.sendSmartMsg=false)", () -> producer.send(new Message(Stage.TOPIC, "A", "k", 3, bytes("old"), true), new MessageQueue(Stage.TOPIC, "broker-a", 0)));
        stage.attempt("oneway", "10", "the same, oneway", () -> {
            producer.sendOneway(new Message(Stage.TOPIC, "A", bytes("old oneway")), new MessageQueue(Stage.TOPIC, "broker-a", 0));
            Thread.sleep(ONEWAY_SETTLES_MS);
        });
        stage.attempt("illegal-topic", "10", "refused", () -> stage.raw.call(stage.broker, 10, bytes("x"), "producerGroup", "PG", "topic", "a b", "defaultTopic", "TBW102", "defaultTopicQueueNums", "4", "queueId", "0", "sysFlag", "0", "bornTimestamp", "1700000000000", "flag", "0"));
        stage.attempt("mandatory-only", "10", "only the mandatory fields", () -> stage.raw.call(stage.broker, 10, bytes("x"), "producerGroup", "PG", "topic", Stage.TOPIC, "defaultTopic", "TBW102", "defaultTopicQueueNums", "4", "queueId", "0", "sysFlag", "0", "bornTimestamp", "1700000000000", "flag", "0"));
        producer.shutdown();
    }

    /** For brokers with unusual options: one new topic, so that the broker tells its name servers. */
    static void playTopic(Stage stage) throws Exception {
        DefaultMQProducer producer = producer("PGT");
        stage.attempt("new-topic", "103,217", "the broker announces a topic that a client created", () -> producer.send(new Message("TNEW", bytes("x"))));
        stage.attempt("periodic", "103,322*2,901,904", "what the broker sends periodically", () -> Thread.sleep(12_000));
        producer.shutdown();
    }
}
