import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.zip.CRC32;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.protocol.body.RegisterBrokerBody;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

final class NameServers {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void play(Stage stage) throws Exception {
        Raw raw = stage.raw;
        String ns = stage.nameServer;
        DefaultMQAdminExt admin = new DefaultMQAdminExt("ADMIN");
        admin.setVipChannelEnabled(false);
        admin.start();
        stage.attempt("put", "100", "", () -> admin.createAndUpdateKvConfig("NS1", "k1", "v/1 ü"));
        stage.attempt("found", "101", "", () -> System.out.println(admin.getKVConfig("NS1", "k1")));
        stage.attempt("missing", "101", "", () -> raw.call(ns, 101, null, "namespace", "NS1", "key", "nokey"));
        stage.attempt("list", "219", "", () -> System.out.println(admin.getKVListByNamespace("NS1").getTable()));
        stage.attempt("missing", "219", "", () -> raw.call(ns, 219, null, "namespace", "NONS"));
        stage.attempt("delete", "102", "", () -> admin.deleteKvConfig("NS1", "k1"));
        stage.attempt("missing", "102", "deleting what is not there succeeds", () -> raw.call(ns, 102, null, "namespace", "NONS", "key", "k"));
        stage.attempt("no-value", "100", "mandatory field value missing", () -> raw.call(ns, 100, null, "namespace", "NS1", "key", "k2"));
        stage.attempt("no-key", "100", "mandatory field key missing", () -> raw.call(ns, 100, null, "namespace", "NS1", "value", "v"));
        stage.attempt("cluster", "106", "", () -> System.out.println(admin.examineBrokerClusterInfo().getClusterAddrTable()));
        stage.attempt("topics", "206", "", () -> System.out.println(admin.fetchAllTopicList().getTopicList()));
        stage.attempt("cluster", "224", "", () -> raw.call(ns, 224, null, "cluster", "DefaultCluster"));
        stage.attempt("unknown-cluster", "224", "", () -> raw.call(ns, 224, null, "cluster", "nocluster"));
        stage.attempt("system", "304", "", () -> raw.call(ns, 304, null));
        for (int code : new int[] {311, 312, 313}) {
            stage.attempt("unit", Integer.toString(code), "", () -> raw.call(ns, code, null));
        }
        register(stage, raw, ns);
        routes(stage, raw, ns);
        stage.attempt("wipe", "205", "", () -> System.out.println(admin.wipeWritePermOfBroker(ns, "broker-x")));
        stage.attempt("unknown-broker", "205", "", () -> raw.call(ns, 205, null, "brokerName", "nobroker"));
        stage.attempt("wiped", "105", "after code 205 the write bit is gone", () -> raw.call(ns, 105, null, "topic", "TX1", "acceptStandardJsonOnly", "true"));
        stage.attempt("add", "327", "", () -> System.out.println(admin.addWritePermOfBroker(ns, "broker-x")));
        stage.attempt("topic", "217", "a topic from its route data", () -> raw.call(ns, 217, bytes("{\"brokerDatas\":[],\"filterServerTable\":{},\"queueDatas\":[{\"brokerName\":\"broker-x\",\"perm\":6,\"readQueueNums\":2,\"topicSysFlag\":0,\"writeQueueNums\":2}]}"), "topic", "TX217"));
        stage.attempt("no-body", "217", "", () -> raw.call(ns, 217, null, "topic", "TX218"));
        stage.attempt("delete", "216", "", () -> admin.deleteTopicInNameServer(new HashSet<>(Collections.singletonList(ns)), "CX", "TX217"));
        stage.attempt("unknown-topic", "216", "deleting what is not there succeeds", () -> raw.call(ns, 216, null, "topic", "T404"));
        String[] who = {"brokerName", "broker-x", "brokerAddr", "127.0.0.9:1911", "clusterName", "CX", "brokerId", "0"};
        byte[] version = bytes("{\"counter\":3,\"stateVersion\":0,\"timestamp\":1700000000000}");
        stage.attempt("unchanged", "322", "", () -> raw.call(ns, 322, version, who));
        stage.attempt("changed", "322", "", () -> raw.call(ns, 322, bytes("{\"counter\":4,\"stateVersion\":0,\"timestamp\":1700000000001}"), who));
        stage.attempt("unknown-broker", "322", "", () -> raw.call(ns, 322, version, "brokerName", "nobroker", "brokerAddr", "127.0.0.9:9", "clusterName", "CX", "brokerId", "0"));
        stage.attempt("members", "901", "", () -> raw.call(ns, 901, null, "clusterName", "CX", "brokerName", "broker-x"));
        stage.attempt("unknown-broker", "901", "", () -> raw.call(ns, 901, null, "clusterName", "CX", "brokerName", "nobroker"));
        stage.attempt("heartbeat", "904", "", () -> raw.call(ns, 904, null, "clusterName", "CX", "brokerAddr", "127.0.0.9:1911", "brokerName", "broker-x"));
        stage.attempt("unregister", "104", "", () -> raw.call(ns, 104, null, "brokerName", "broker-x", "brokerAddr", "127.0.0.9:1911", "clusterName", "CX", "brokerId", "0"));
        stage.attempt("unregister-slave", "104", "", () -> raw.call(ns, 104, null, "brokerName", "broker-x", "brokerAddr", "127.0.0.9:2911", "clusterName", "CX", "brokerId", "1"));
        Thread.sleep(500);
        stage.attempt("after-unregister", "105", "", () -> raw.call(ns, 105, null, "topic", "TX1", "acceptStandardJsonOnly", "true"));
        stage.attempt("unknown-code", "29998", "a request code nobody knows, to a name server", () -> raw.call(ns, 29998, null));
        admin.shutdown();
    }

    private static RegisterBrokerBody body(String... topics) {
        RegisterBrokerBody body = new RegisterBrokerBody();
        body.setFilterServerList(new ArrayList<>());
        for (String topic : topics) {
            TopicConfig config = new TopicConfig(topic, 4, 4, 6);
            config.setTopicSysFlag(topic.equals("TXU") ? 3 : 0);
            body.getTopicConfigSerializeWrapper().getTopicConfigTable().put(topic, config);
        }
        body.getTopicConfigSerializeWrapper().getDataVersion().setTimestamp(1700000000000L);
        body.getTopicConfigSerializeWrapper().getDataVersion().getCounter().set(3);
        return body;
    }

    private static RemotingCommand registration(byte[] body, boolean compressed, int crcError, String address, String id) {
        CRC32 crc = new CRC32();
        crc.update(body);
        return Raw.command(103, body, "brokerName", "broker-x", "brokerAddr", address, "clusterName", "CX", "haServerAddr", address + "9", "brokerId", id,
            "enableActingMaster", "false", "compressed", Boolean.toString(compressed), "bodyCrc32", Integer.toString((int) (crc.getValue() & 0x7FFFFFFF) + crcError));
    }

    private static void register(Stage stage, Raw raw, String ns) throws Exception {
        byte[] plain = body("TX1", "TX2", "TXU").encode(false);
        byte[] packed = body("TX1", "TX2", "TXU").encode(true);
        byte[] single = body("TX1").encode(false);
        stage.attempt("single-topic-first", "103", "a first registration with exactly one topic is refused", () -> raw.call(ns, registration(single, false, 0, "127.0.0.9:1911", "0")));
        stage.attempt("bad-crc", "103", "", () -> raw.call(ns, registration(plain, false, 1, "127.0.0.9:1911", "0")));
        stage.attempt("plain", "103", "master, JSON body", () -> raw.call(ns, registration(plain, false, 0, "127.0.0.9:1911", "0")));
        stage.attempt("compressed", "103", "master, compressed body", () -> raw.call(ns, registration(packed, true, 0, "127.0.0.9:1911", "0")));
        stage.attempt("compressed-unsaid", "103", "compressed body under a header that says it is not", () -> raw.call(ns, registration(packed, false, 0, "127.0.0.9:1911", "0")));
        stage.attempt("slave", "103", "slave: the answer names the master", () -> raw.call(ns, registration(plain, false, 0, "127.0.0.9:2911", "1")));
        stage.attempt("no-body", "103", "", () -> raw.call(ns, 103, null, "brokerName", "broker-y", "brokerAddr", "127.0.0.9:3911", "clusterName", "CX", "haServerAddr", "127.0.0.9:3912", "brokerId", "0"));
        raw.call(ns, 100, null, "namespace", "ORDER_TOPIC_CONFIG", "key", "TX2", "value", "broker-x:4");
        stage.attempt("order-topics", "103", "the answer carries the order topic table", () -> raw.call(ns, registration(plain, false, 0, "127.0.0.9:1911", "0")));
        raw.call(ns, 102, null, "namespace", "ORDER_TOPIC_CONFIG", "key", "TX2");
        for (int code : new int[] {311, 312, 313}) {
            stage.attempt("unit-found", Integer.toString(code), "a topic with both unit bits is registered", () -> raw.call(ns, code, null));
        }
    }

    private static void routes(Stage stage, Raw raw, String ns) throws Exception {
        stage.attempt("standard", "105", "acceptStandardJsonOnly=true", () -> raw.call(ns, 105, null, "topic", "TX1", "acceptStandardJsonOnly", "true"));
        stage.attempt("version-gate", "105", "no acceptStandardJsonOnly, recent version", () -> raw.call(ns, 105, null, "topic", "TX1"));
        RemotingCommand old = Raw.command(105, null, "topic", "TX1");
        old.setVersion(121);
        stage.attempt("old-version", "105", "no acceptStandardJsonOnly, version 121: integer keys are not quoted", () -> raw.call(ns, old));
        RemotingCommand oldAsking = Raw.command(105, null, "topic", "TX1", "acceptStandardJsonOnly", "true");
        oldAsking.setVersion(121);
        stage.attempt("old-version-standard", "105", "acceptStandardJsonOnly=true, version 121", () -> raw.call(ns, oldAsking));
        stage.attempt("unknown-topic", "105", "", () -> raw.call(ns, 105, null, "topic", "T404", "acceptStandardJsonOnly", "true"));
        stage.attempt("no-topic", "105", "mandatory field topic missing", () -> raw.call(ns, 105, null));
    }
}
