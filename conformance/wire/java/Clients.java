import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/** What a client does, case by case. Arguments: control port of the tee, name server, broker, then the names of the acts to play. */
public final class Clients {
    public static void main(String[] args) throws Exception {
        System.setProperty(RemotingCommand.REMOTING_VERSION_KEY, Integer.toString(MQVersion.CURRENT_VERSION));
        Tape tape = new Tape(Integer.parseInt(args[0]));
        System.setProperty("rocketmq.namesrv.addr", args[1]);
        for (int i = 3; i < args.length; i++) {
            System.out.println("== " + args[i]);
            try (Raw raw = new Raw()) {
                Stage stage = new Stage(tape, raw, args[1], args[2]);
                switch (args[i]) {
                    case "send": Sends.play(stage); break;
                    case "old-send": Sends.playOld(stage); break;
                    case "pull": Pulls.play(stage); break;
                    case "push": Pushes.play(stage); break;
                    case "heartbeat-v2": Pushes.playHeartbeatV2(stage); break;
                    case "namesrv": NameServers.play(stage); break;
                    case "topic": Sends.playTopic(stage); break;
                    default: throw new IllegalArgumentException(args[i]);
                }
            }
        }
        System.out.println("== done");
        System.exit(0);
    }
}
