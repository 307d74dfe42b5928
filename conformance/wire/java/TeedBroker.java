import java.util.Properties;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/**
 * Apache's own broker, started so that it binds one port and advertises another. The tee listens on the advertised one, so clients that follow
 * the route reach the broker through it. Only the port given to the listening socket differs: every frame is Apache's.
 */
public final class TeedBroker {
    /** Whoever opens the socket is told the hidden port; everyone else (registration, store host) the advertised one. */
    public static final class Ported extends NettyServerConfig {
        private final int hiddenShift = Integer.getInteger("tee.shift");

        @Override
        public int getListenPort() {
            boolean binding = StackWalker.getInstance().walk(frames -> frames.skip(1).findFirst()
                .map(frame -> frame.getClassName().contains("NettyRemotingServer")).orElse(false));
            return binding ? super.getListenPort() + hiddenShift : super.getListenPort();
        }
    }

    public static void main(String[] args) throws Exception {
        System.setProperty(RemotingCommand.REMOTING_VERSION_KEY, Integer.toString(MQVersion.CURRENT_VERSION));
        Properties properties = new Properties();
        try (java.io.FileInputStream in = new java.io.FileInputStream(args[0])) {
            properties.load(in);
        }
        BrokerConfig broker = new BrokerConfig();
        NettyServerConfig server = new Ported();
        NettyClientConfig client = new NettyClientConfig();
        MessageStoreConfig store = new MessageStoreConfig();
        for (Object target : new Object[] {broker, server, client, store}) {
            MixAll.properties2Object(properties, target);
        }
        store.setHaListenPort(Integer.parseInt(properties.getProperty("listenPort")) + 1);
        BrokerController controller = new BrokerController(broker, server, client, store);
        controller.getConfiguration().registerConfig(properties);
        if (!controller.initialize()) {
            System.err.println("the broker refused to initialise");
            System.exit(3);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(controller::shutdown));
        controller.start();
        System.out.println("started");
    }
}
