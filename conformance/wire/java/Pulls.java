import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

@SuppressWarnings("deprecation")
final class Pulls {
    private static final MessageQueue QUEUE = new MessageQueue(Stage.TOPIC, "broker-a", 1);

    static void play(Stage stage) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer("PC");
        consumer.setVipChannelEnabled(false);
        consumer.start();
        stage.attempt("route", "105", "route of a topic that exists", () -> consumer.fetchSubscribeMessageQueues(Stage.TOPIC));
        stage.attempt("heartbeat-pull", "34", "heartbeat of a pull consumer", () -> Thread.sleep(1500));
        stage.attempt("max", "30", "", () -> System.out.println("max " + consumer.maxOffset(QUEUE)));
        stage.attempt("min", "31", "", () -> System.out.println("min " + consumer.minOffset(QUEUE)));
        long max = consumer.maxOffset(QUEUE);
        List<MessageExt> found = new ArrayList<>();
        stage.attempt("found", "11", "pull without suspension, messages found", () -> found.addAll(consumer.pull(QUEUE, "*", 0, 8).getMsgFoundList()));
        stage.attempt("found-tag", "11", "pull with a tag expression", () -> consumer.pull(QUEUE, "A || B", 0, 8));
        stage.attempt("no-matched", "11", "no message matches the tag", () -> System.out.println(consumer.pull(QUEUE, "NoSuchTag", 0, 8)));
        stage.attempt("not-found", "11", "offset = maximum, no suspension", () -> System.out.println(consumer.pull(QUEUE, "*", max, 8)));
        stage.attempt("offset-moved", "11", "offset over the maximum", () -> System.out.println(consumer.pull(QUEUE, "*", max + 900, 8)));
        stage.attempt("bad-expression", "11", "SQL expression that does not parse", () -> raw(stage, 11, "subscription", "a >>> 1", "expressionType", "SQL92"));
        stage.attempt("sql", "11", "SQL expression in the request", () -> raw(stage, 11, "subscription", "u = 'v'", "expressionType", "SQL92"));
        stage.attempt("topic-unknown", "11", "", () -> raw(stage, 11, "topic", "T404"));
        stage.attempt("queue-unknown", "11", "", () -> raw(stage, 11, "queueId", "99"));
        stage.attempt("empty-queue", "11", "a queue without messages at offset 0", () -> raw(stage, 11, "topic", "TBW102", "queueId", "3", "queueOffset", "0"));
        stage.attempt("empty-queue-moved", "11", "a queue without messages at offset 5", () -> raw(stage, 11, "topic", "TBW102", "queueId", "3", "queueOffset", "5"));
        stage.attempt("group-not-registered", "11", "no subscription in the request and no heartbeat of the group", () -> raw(stage, 11, "sysFlag", "2", "consumerGroup", "GNONE"));
        stage.attempt("held-timeout", "11", "held for 1 s, nothing arrives: answered by the 5 s scan", () -> raw(stage, 11, "sysFlag", "6", "queueOffset", Long.toString(consumer.maxOffset(QUEUE)), "suspendTimeoutMillis", "1000"));
        DefaultMQProducer producer = new DefaultMQProducer("PGPULL");
        producer.setVipChannelEnabled(false);
        producer.start();
        stage.attempt("held", "11", "held, answered by the arrival of a message", () -> {
            long end = consumer.maxOffset(QUEUE);
            Thread sender = new Thread(() -> {
                try {
                    Thread.sleep(700);
                    producer.send(new Message(Stage.TOPIC, "A", "arrival".getBytes(StandardCharsets.UTF_8)), QUEUE);
                } catch (Exception problem) {
                    System.out.println(problem);
                }
            });
            sender.start();
            System.out.println(consumer.pullBlockIfNotFound(QUEUE, "*", end, 8));
            sender.join();
        });
        offsets(stage, consumer, found);
        consumer.shutdown();
        litePull(stage, producer);
        producer.shutdown();
    }

    private static void raw(Stage stage, int code, String... changes) throws Exception {
        RemotingCommand command = Raw.command(code, null, "consumerGroup", "PC", "topic", Stage.TOPIC, "queueId", "1", "queueOffset", "0", "maxMsgNums", "2",
            "sysFlag", "4", "commitOffset", "0", "suspendTimeoutMillis", "0", "subscription", "*", "subVersion", "0", "expressionType", "TAG");
        for (int i = 0; i < changes.length; i += 2) {
            command.addExtField(changes[i], changes[i + 1]);
        }
        stage.raw.call(stage.broker, command);
    }

    private static void offsets(Stage stage, DefaultMQPullConsumer consumer, List<MessageExt> found) throws Exception {
        Raw raw = stage.raw;
        String[] place = {"topic", Stage.TOPIC, "queueId", "1"};
        stage.attempt("not-found", "14", "no offset stored, client asks not to assume zero", () -> raw.call(stage.broker, 14, null, "consumerGroup", "PC", "topic", Stage.TOPIC, "queueId", "1", "setZeroIfNotFound", "false"));
        stage.attempt("zero", "14", "no offset stored, queue starts at zero in memory", () -> System.out.println(consumer.fetchConsumeOffset(QUEUE, true)));
        stage.attempt("group-unknown", "15", "group without a configuration", () -> raw.call(stage.broker, 15, null, "consumerGroup", "GNOCONF", "topic", Stage.TOPIC, "queueId", "1", "commitOffset", "1"));
        stage.attempt("topic-unknown", "15", "", () -> raw.call(stage.broker, 15, null, "consumerGroup", "PC", "topic", "T404", "queueId", "1", "commitOffset", "1"));
        stage.attempt("no-offset", "15", "commitOffset missing", () -> raw.call(stage.broker, 15, null, "consumerGroup", "PC", "topic", Stage.TOPIC, "queueId", "1"));
        stage.attempt("sync", "15", "", () -> raw.call(stage.broker, 15, null, "consumerGroup", "PC", "topic", Stage.TOPIC, "queueId", "1", "commitOffset", "1"));
        stage.attempt("client", "15", "the client commits oneway", () -> {
            consumer.updateConsumeOffset(QUEUE, 2);
            consumer.getOffsetStore().persist(QUEUE);
            Thread.sleep(300);
        });
        stage.attempt("found", "14", "", () -> raw.call(stage.broker, 14, null, "consumerGroup", "PC", "topic", Stage.TOPIC, "queueId", "1"));
        stage.attempt("search", "29", "", () -> System.out.println(consumer.searchOffset(QUEUE, System.currentTimeMillis() - 60_000)));
        stage.attempt("search-upper", "29", "", () -> raw.call(stage.broker, 29, null, "topic", Stage.TOPIC, "queueId", "1", "timestamp", "1700000000000", "boundaryType", "UPPER"));
        stage.attempt("search-future", "29", "", () -> raw.call(stage.broker, 29, null, "topic", Stage.TOPIC, "queueId", "1", "timestamp", "9700000000000"));
        stage.attempt("max-committed", "30", "", () -> raw.call(stage.broker, 30, null, "topic", Stage.TOPIC, "queueId", "1", "committed", "false"));
        stage.attempt("unknown-queue", "30", "", () -> raw.call(stage.broker, 30, null, "topic", "T404", "queueId", "0"));
        stage.attempt("unknown-queue", "31", "", () -> raw.call(stage.broker, 31, null, "topic", "T404", "queueId", "0"));
        stage.attempt("earliest", "32", "", () -> raw.call(stage.broker, 32, null, place));
        stage.attempt("unknown-queue", "32", "", () -> raw.call(stage.broker, 32, null, "topic", "T404", "queueId", "0"));
        stage.attempt("view", "33", "by offset message id", () -> System.out.println(consumer.viewMessage(Stage.TOPIC, ((org.apache.rocketmq.common.message.MessageClientExt) found.get(0)).getOffsetMsgId())));
        stage.attempt("not-found", "33", "an offset after the end", () -> raw.call(stage.broker, 33, null, "offset", "99999999"));
        stage.attempt("unknown-group", "38", "", () -> raw.call(stage.broker, 38, null, "consumerGroup", "GNONE"));
        stage.attempt("delay-level-1", "36", "a message back to the broker", () -> consumer.sendMessageBack(found.get(0), 1, "broker-a"));
        stage.attempt("dead-letter", "36", "negative delay level", () -> consumer.sendMessageBack(found.get(0), -1, "broker-a"));
        stage.attempt("offset-unknown", "36", "", () -> raw.call(stage.broker, 36, null, "offset", "99999999", "group", "PC", "delayLevel", "0", "originMsgId", "X", "originTopic", Stage.TOPIC, "unitMode", "false", "maxReconsumeTimes", "16"));
        stage.attempt("group-unknown", "36", "", () -> raw.call(stage.broker, 36, null, "offset", "0", "group", "GNOCONF", "delayLevel", "0"));
    }

    private static void litePull(Stage stage, DefaultMQProducer producer) throws Exception {
        stage.tape.mark("lite-subscribe", "34*2,38,40,14*2,361*4,11*4,15", "lite pull consumer that subscribes (4.9 pulls with code 11, 5.x with 361)");
        DefaultLitePullConsumer lite = new DefaultLitePullConsumer("LC");
        lite.setVipChannelEnabled(false);
        lite.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        lite.subscribe(Stage.TOPIC, "*");
        lite.start();
        for (int i = 0; i < 4; i++) {
            System.out.println("lite poll " + lite.poll(1500).size());
        }
        stage.attempt("lite-commit", "15", "", lite::commitSync);
        stage.attempt("lite-stop", "35,15", "", lite::shutdown);
        stage.tape.mark("lite-assign", "34,14,361*2,11*2", "lite pull consumer that assigns itself a queue");
        DefaultLitePullConsumer assigned = new DefaultLitePullConsumer("LA");
        assigned.setVipChannelEnabled(false);
        assigned.start();
        assigned.assign(Arrays.asList(QUEUE));
        assigned.seek(QUEUE, 1);
        System.out.println("assigned poll " + assigned.poll(3000).size());
        assigned.shutdown();
    }
}
