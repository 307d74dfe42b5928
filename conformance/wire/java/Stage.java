/** What every act needs. */
final class Stage {
    static final String TOPIC = "T1";
    final Tape tape;
    final Raw raw;
    final String nameServer;
    final String broker;

    Stage(Tape tape, Raw raw, String nameServer, String broker) {
        this.tape = tape;
        this.raw = raw;
        this.nameServer = nameServer;
        this.broker = broker;
    }

    interface Act {
        void play() throws Exception;
    }

    /** A case that fails is reported and the rest goes on: a recording with a hole is better than none. */
    void attempt(String name, String codes, String note, Act act) throws Exception {
        tape.mark(name, codes, note);
        try {
            act.play();
        } catch (Throwable problem) {
            System.out.println(name + ": " + problem);
        }
    }
}
