import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.common.protocol.heartbeat.MessageModel;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

final class Pushes {
    private static DefaultMQPushConsumer consumer(String group, String instance) {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
        consumer.setInstanceName(instance);
        consumer.setVipChannelEnabled(false);
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        return consumer;
    }

    private static MessageListenerConcurrently accepting(CountDownLatch seen) {
        return (messages, context) -> {
            seen.countDown();
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        };
    }

    static void play(Stage stage) throws Exception {
        AtomicBoolean failed = new AtomicBoolean();
        CountDownLatch retried = new CountDownLatch(1);
        stage.tape.mark("push", "34*2,38*2,40*2,14*4,11*8,36,15*2", "concurrent push consumer with a tag expression, CONSUME_FROM_FIRST_OFFSET; its first message fails once and comes back");
        DefaultMQPushConsumer first = consumer("CG", "one");
        first.subscribe(Stage.TOPIC, "A || B");
        first.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            context.setDelayLevelWhenNextConsume(1);
            for (MessageExt message : messages) {
                if (message.getReconsumeTimes() > 0) {
                    retried.countDown();
                }
            }
            return failed.compareAndSet(false, true) ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        first.start();
        System.out.println("retried " + retried.await(20, TimeUnit.SECONDS));
        stage.tape.mark("push-join", "34,38*2,40*2", "a second consumer joins the group: the broker notifies both");
        DefaultMQPushConsumer second = consumer("CG", "two");
        second.subscribe(Stage.TOPIC, "A || B");
        second.registerMessageListener(accepting(new CountDownLatch(1)));
        second.start();
        Thread.sleep(2500);
        stage.tape.mark("push-leave", "35,40,38,15", "the second consumer leaves");
        second.shutdown();
        Thread.sleep(1000);
        stage.attempt("subscription-not-latest", "11", "the client's subscription is newer than the broker's", () -> pull(stage, "CG", Stage.TOPIC, "9999999999999"));
        stage.attempt("not-subscribed", "11", "group registered, topic not subscribed", () -> pull(stage, "CG", "BenchmarkTest", "0"));
        stage.attempt("stop", "35,15", "", first::shutdown);

        CountDownLatch orderly = new CountDownLatch(1);
        stage.tape.mark("orderly", "34,41*2,42*2,14*2,11*2,15", "orderly push consumer");
        DefaultMQPushConsumer ordered = consumer("CO", "one");
        ordered.subscribe(Stage.TOPIC, "*");
        ordered.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
            orderly.countDown();
            return ConsumeOrderlyStatus.SUCCESS;
        });
        ordered.start();
        System.out.println("orderly " + orderly.await(20, TimeUnit.SECONDS));
        String lock = "{\"clientId\":\"other@1\",\"consumerGroup\":\"CO\",\"mqSet\":[{\"brokerName\":\"broker-a\",\"queueId\":1,\"topic\":\"T1\"}],\"onlyThisBroker\":false}";
        stage.attempt("held-by-other", "41", "the lock belongs to another client", () -> stage.raw.call(stage.broker, 41, lock.getBytes(StandardCharsets.UTF_8)));
        stage.attempt("not-owner", "42", "unlock what another client holds", () -> stage.raw.call(stage.broker, 42, lock.getBytes(StandardCharsets.UTF_8)));
        stage.attempt("orderly-stop", "42,35", "", ordered::shutdown);

        CountDownLatch filtered = new CountDownLatch(1);
        stage.tape.mark("sql", "46,34,11*2", "push consumer with an SQL expression");
        DefaultMQPushConsumer sql = consumer("CS", "one");
        sql.subscribe(Stage.TOPIC, MessageSelector.bySql("u = 'v'"));
        sql.registerMessageListener(accepting(filtered));
        sql.start();
        System.out.println("sql " + filtered.await(10, TimeUnit.SECONDS));
        sql.shutdown();
        stage.attempt("sql-bad", "46", "an SQL expression that does not compile", () -> stage.raw.call(stage.broker, 46,
            "{\"clientId\":\"c@1\",\"group\":\"CS\",\"subscriptionData\":{\"classFilterMode\":false,\"codeSet\":[],\"expressionType\":\"SQL92\",\"subString\":\"a >>> 1\",\"subVersion\":1,\"tagsSet\":[],\"topic\":\"T1\"}}".getBytes(StandardCharsets.UTF_8)));

        CountDownLatch broadcast = new CountDownLatch(1);
        stage.tape.mark("broadcast", "34,38,40,14,11", "broadcasting push consumer");
        DefaultMQPushConsumer everyone = consumer("CB", "one");
        everyone.setMessageModel(MessageModel.BROADCASTING);
        everyone.subscribe(Stage.TOPIC, "*");
        everyone.registerMessageListener(accepting(broadcast));
        everyone.start();
        System.out.println("broadcast " + broadcast.await(10, TimeUnit.SECONDS));
        everyone.shutdown();
        stage.attempt("no-body", "34", "heartbeat without a body", () -> stage.raw.call(stage.broker, 34, null));
        stage.attempt("minimal", "34", "the fewest members a foreign client sends", () -> stage.raw.call(stage.broker, 34,
            "{\"clientID\":\"c@9\",\"producerDataSet\":[{\"groupName\":\"PX\"}],\"consumerDataSet\":[]}".getBytes(StandardCharsets.UTF_8)));
    }

    private static void pull(Stage stage, String group, String topic, String subVersion) throws Exception {
        RemotingCommand command = Raw.command(11, null, "consumerGroup", group, "topic", topic, "queueId", "0", "queueOffset", "0", "maxMsgNums", "2",
            "sysFlag", "0", "commitOffset", "0", "suspendTimeoutMillis", "0", "subVersion", subVersion);
        stage.raw.call(stage.broker, command);
    }

    /** Only 5.x clients have it; the option is set by reflection so that this file compiles with both. */
    static void playHeartbeatV2(Stage stage) throws Exception {
        stage.tape.mark("v2", "34*4", "heartbeat V2: full until the broker knows the fingerprint, then short");
        DefaultMQPushConsumer consumer = consumer("CV2", "v2");
        ClientConfig.class.getMethod("setUseHeartbeatV2", boolean.class).invoke(consumer, true);
        consumer.setHeartbeatBrokerInterval(1000);
        CountDownLatch seen = new CountDownLatch(1);
        consumer.subscribe(Stage.TOPIC, "A || B");
        consumer.registerMessageListener(accepting(seen));
        consumer.start();
        Thread.sleep(5000);
        stage.tape.mark("v2-changed", "34*3", "the subscription changes under V2");
        consumer.subscribe("BenchmarkTest", "*");
        Thread.sleep(3000);
        consumer.shutdown();
    }
}
