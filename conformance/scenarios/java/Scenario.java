/** One conversation with a server: it leaves facts, which must be equal on every server, and measurements, which need not be. */
interface Scenario {
  void run(Context context) throws Exception;
}
