import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/** Requests that no public client API makes, encoded and framed by Apache's own remoting client. */
final class Raw implements AutoCloseable {
    private static final int TIMEOUT_MS = 8_000;
    private final NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());

    Raw() {
        client.start();
    }

    static RemotingCommand command(int code, byte[] body, String... fields) {
        RemotingCommand command = RemotingCommand.createRequestCommand(code, null);
        for (int i = 0; i < fields.length; i += 2) {
            command.addExtField(fields[i], fields[i + 1]);
        }
        command.setBody(body);
        return command;
    }

    RemotingCommand call(String address, RemotingCommand command) throws Exception {
        RemotingCommand answer = client.invokeSync(address, command, TIMEOUT_MS);
        System.out.println(command.getCode() + " -> " + answer.getCode() + " " + answer.getRemark() + " " + answer.getExtFields()
            + (answer.getBody() == null ? "" : " body " + answer.getBody().length));
        return answer;
    }

    RemotingCommand call(String address, int code, byte[] body, String... fields) throws Exception {
        return call(address, command(code, body, fields));
    }

    void oneway(String address, RemotingCommand command) throws Exception {
        client.invokeOneway(address, command, TIMEOUT_MS);
    }

    @Override
    public void close() {
        client.shutdown();
    }
}
