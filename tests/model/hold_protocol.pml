/* The hold protocol of docs/hold-protocol.md, for the model checker spin: one order, a desk, two stations, two
 * holds (A is released in the end, B never), two revisions. The names are the protocol's and the code's.
 *
 * How to read it. Each "::" is one thing that may happen next, and the checker tries all of them in every order. The
 * desk's are station/desk/core, a station's station/bench/core. Each is one step: a crash may come between any two.
 *
 * The network is not a queue, but the fact that something was said. What was said once may come at any time, any
 * number of times, or never: so messages are lost, doubled, late and swapped without any bound.
 *
 * All else that goes wrong is bounded by the budgets below. Once faults cease (calm), messages come as they are said,
 * and people do their work. Where nothing more can happen, the work has to be done: see "the end".
 *
 * Every guard of the protocol can be taken away, to see that the checker then finds what it is for. */

/* The guards. -DWITHOUT=NAME takes one away; -DWITHOUT_TOO=NAME another, where one stands behind the other. */
#ifndef WITHOUT
#define WITHOUT 0
#endif
#ifndef WITHOUT_TOO
#define WITHOUT_TOO 0
#endif
#define ON(guard) (WITHOUT != guard && WITHOUT_TOO != guard)
#define DURABLE 1 /* the desk commits before it says anything */
#define HOLD_REFUSES 2 /* a held order is granted to nobody */
#define NEWEST_REVISION 3 /* only the newest revision is granted */
#define OPEN_HERE_ONLY 4 /* an order is granted only to the station where it is open, and there once */
#define SHIPPED_IS_SHIPPED 5 /* a shipped order is not opened again without a person's wish */
#define SAME_ANSWER 6 /* the same request gets the same answer */
#define NEWEST_STEP 7 /* a step older than the newest is not taken */
#define TAKEN_BACK 8 /* an answer that was taken back since is not given again (second: what is granted is open there) */
#define GRANT_THAT_STANDS 9 /* not_printed is taken for the grant that stands only (second: a late not_printed is an old step) */
#define SAME_BOOT 10 /* not_printed is taken from the boot that asked only (second: so is one of another boot) */
#define PRINTING_IS_SAID 11 /* a hold is not answered stopped while a grant stands */
#define UNKNOWN_IS_SAID 12 /* a hold is not answered stopped while a grant is in doubt */
#define PENDING 13 /* a revision is not accepted while a grant for an older one stands */
#define UNKNOWN_IS_NOT_FREE 14 /* a grant in doubt frees nothing */
#define FURTHER_DOUBTS 15 /* several grants of an order can stand */
#define MARK 16 /* no label has the mark of another that may lie somewhere */
#define IN_ORDER 17 /* records are taken in order, without a gap (second: each record names its grant, and nothing is granted before all are there) */
#define RECORD_ONCE 18 /* a record is taken once (second: a grant ends once) */
#define ENDED_IS_ENDED 19 /* a grant that has ended is not in doubt again */
#define TELLS_OUTSTANDING 20 /* a welcome names the grant that stands */
#define TELLS_HOLDS 21 /* holds are told with every open order, and at every hello */
#define CORRECTIONS 22 /* a changed answer is owed until it is taken */
#define OLD_HELLO 23 /* an old hello is none (second: a step of another boot asks for a hello) */
#define RESENDING_FIRST 24 /* a restored desk grants nothing before its stations have said all */
#define CATCHING_UP 25 /* nor does it say stopped or accepted */
#define HOLDS_HEARD 26 /* it takes steps only of a station that has told what it heard (second: nothing is granted before all have told) */
#define EPOCH 27 /* an answer from before the restore is none */
#define OPEN_IN_HELLO 28 /* of a record that is told again, the hello knows what is open (second: it saves a take-over, no promise) */
#define FIRST_STEP 40 /* a step from before the hello, that nobody waits for any more, is not taken */
#define NEWER_IN_DOUBT 41 /* nor is a revision accepted for good while an older one is in doubt */
#define POINT_OF_NO_RETURN 29 /* the journal says that a label begins before the first byte */
#define WHILE_WAITING 30 /* a grant is used only while the station waits for it */
#define NOT_AFTER_HELLO 31 /* a permission that was asked for before a hello is not used after it */
#define AS_GRANTED 32 /* what is printed is what was granted (second: no revision is told while a grant stands) */
#define OWN_HOLDS 33 /* a station prints nothing that it knows is held */
#define RELEASED_IS_FINAL 34 /* a released hold holds never again */
#define NOT_PRINTED_BY_ASKER 35 /* a process that does not remember a grant says unknown, not not_printed */
#define NEVER_BY_ITSELF 36 /* a label of which it is not known whether it came out is not sent again */
#define CLEARING 37 /* the printer is cleared before a person's word counts that no label came out */
#define UNTIL_KEPT 38 /* a record is said until the desk has kept it */
#define SAYS_LACKING 39 /* and again, when the desk lacks it */

#define HOLD_A (1 << 0)
#define HOLD_B (1 << 1)
#define REVISION_2 (1 << 2)
#ifndef ASKED
#define ASKED (HOLD_A | HOLD_B | REVISION_2) /* what the contact center may say */
#endif
#ifndef SCANS_0 /* times a slip is scanned at station 0, at station 1, before all is calm */
#define SCANS_0 1
#endif
#ifndef SCANS_1
#define SCANS_1 0
#endif
#ifndef TAKE_OVERS
#define TAKE_OVERS 0
#endif
#ifndef CANCELS /* the packer puts the order back */
#define CANCELS 0
#endif
#ifndef REPRINTS /* a person asks for another label */
#define REPRINTS 0
#endif
#ifndef GIVE_UPS /* a station does not wait any longer for a permission */
#define GIVE_UPS 0
#endif
#ifndef RECONNECTS /* a station loses its connection and says hello anew */
#define RECONNECTS 0
#endif
#ifndef CRASHES /* of stations */
#define CRASHES 0
#endif
#ifndef JOURNALS_LOST /* of these, such that take the disk along */
#define JOURNALS_LOST 0
#endif
#ifndef DESK_CRASHES
#define DESK_CRASHES 0
#endif
#ifndef RESTORES /* of the desk, from a copy made at any time before */
#define RESTORES 0
#endif
#ifndef JAMS /* a printer fails: before, in or after the first byte */
#define JAMS 0
#endif
#ifndef LATE_HELLOS /* hellos that come after a newer one was said */
#define LATE_HELLOS 0
#endif
#ifndef KEYS /* a supervisor's key prints without permission */
#define KEYS 0
#endif
#ifndef RESOLVES /* a supervisor says at the desk how a dead station's grant ended */
#define RESOLVES 0
#endif

#ifndef STEPS /* at most, of one station: asserted */
#define STEPS 13
#endif
#ifndef RECORDS /* at most, of one journal: asserted */
#define RECORDS 7
#endif
#define BIT(g) (1 << (g))
#define STATION_OF(g) ((g) & 1)
#define NONE 0

mtype = { /* what a station is at */ down, idle, opening, packing, asking, withdrawing, printing, doubting, settling };
mtype = { /* its link to the desk */ away, greeting, telling, ready };
mtype = { /* the desk's claim on the order */ free, open_at, granted, in_doubt };
mtype = { /* steps */ Open, Reprint, Print, NotPrinted, Close };
mtype = { /* their answers */ Opened, Granted, Kept, Closed, Refused, Held, OldRevision, CatchingUp };
mtype = { /* records */ Printed, Unknown, NoLabel };
mtype = { /* outcomes */ stopped, is_printing, too_late, unknown, freed, accepted };
mtype = { /* a hold, as far as it is known */ is_active, is_released };

/* ------------------------------------------------------------------------------------------- the truth
 * What no process sees as a whole. The promises are judged by it. A grant's number names its station: 2n + station. */

bit calm;              /* faults have ceased */
int paper;             /* grants whose label came out */
int given;             /* grants that the desk gave */
int alone;             /* labels begun by the supervisor's key, without one */
int shipments;         /* grants with a shipment record at the desk */
int began;             /* grants past the point of no return */
byte hellos;           /* since faults have ceased */
byte marks;            /* the marks of the labels that came out with permission */
byte labels;           /* how many these are */
byte wanted = 1;       /* how many people asked for */
bool bound[2];         /* this hold was answered "stopped" */
bit bound_revision;    /* revision 2 was answered "accepted" */
byte in_printer[2];    /* the grant whose label a printer holds, and may put out at any time */
byte revision_of[2 * STEPS + 2], mark_of[2 * STEPS + 2]; /* what a grant is for: every message that names it says so */

/* What people see when they look about, so that they do not try in vain for ever. */
byte stands_at = NONE; /* the order is open at this station, + 1; 9 where a grant stands or it is shipped */
bit held, waiting, lies_there;
byte newest = 1;

/* ------------------------------------------------------------------------------------------- what was said */

mtype said_hold[2];    /* by the contact center: is_active, then released */
bit said_revision;     /* number 2 */
mtype told[3];         /* what it was answered for good: of hold A, B, of revision 2 */

typedef Hello { bit said, is_open; byte journal, boot, last, first_step; int unresolved }
typedef Welcome { bit said, want_holds; byte incarnation, last, outstanding; int settled }
typedef Step { mtype kind; byte about, boot }
typedef Record { mtype kind; byte grant, open_in }
typedef Between { /* a station and the desk */
  Hello hello[2];      /* the newest, and one from before it that comes late */
  Welcome welcome;
  byte heard;          /* the incarnation that the holds were told to */
  bit heard_kept;
  Step step[STEPS];
  byte step_said;      /* the newest */
  byte asked;          /* the step whose answer the station waits for */
  mtype answer;        /* to it */
  byte answer_holds, answer_revision, answer_mark;
  byte record[2];      /* of each of its journals, up to here */
  byte kept[2], settled[2]; /* these, one bit each */
  bit hello_needed, taken_over, revised, holds_told;
  int resolved;
  bit broken, is_down     /* the connection, the process */
}
Between net[2];
Record records[4 * RECORDS]; /* of a station's two journals: they travel as they are on disk */
#define RECORD(s, j, n) records[(2 * (s) + (j)) * RECORDS + (n) - 1]
mtype heard[4];        /* holds in the stations' journals */
#define HEARD(h) heard[2 * s + (h)]

#define UNANSWERED(x, is) (told[x] == NONE && (is) != unknown && (is) != is_printing)

byte incarnation = 1;  /* of the desk, told in its status */

byte take_overs = TAKE_OVERS, cancels = CANCELS, reprints = REPRINTS, give_ups = GIVE_UPS, reconnects = RECONNECTS,
  crashes = CRASHES, journals_lost = JOURNALS_LOST, desk_crashes = DESK_CRASHES, restores = RESTORES, jams = JAMS,
  keys = KEYS, resolves = RESOLVES, late_hellos = LATE_HELLOS; /* what is left of the budgets */

/* Scratch, not part of any state. */
hidden byte i, k, g;
hidden mtype was[3];
hidden mtype what;

/* ------------------------------------------------------------------------------------------- the paper */

inline label_comes_out(which) {
  printf("    LABEL %d comes out: revision %d, mark %d\n", which, revision_of[which], mark_of[which]);
  assert(!(paper & BIT(which)));
  if
  :: alone & BIT(which) -> wanted++ /* a supervisor asked for it */
  :: else ->
    /* promise 1 */ assert(!(bound[0] && said_hold[0] == is_active) && !bound[1]);
    /* promise 4 */ assert((given & BIT(which)) && revision_of[which] >= 1 + bound_revision);
    /* promise 3 */ assert(!(marks & BIT(mark_of[which])) && labels < wanted);
    marks = marks | BIT(mark_of[which]);
    labels++
  fi;
  paper = paper | BIT(which);
  which = NONE
}

/* ------------------------------------------------------------------------------------------- a station */

#define OPEN_HERE (session == packing || session == asking || session == withdrawing || session == printing \
  || ((session == doubting || session == settling) && has_order))
#define HOLDS_HERE(h) (HEARD(h) == is_active || ((red & BIT(h)) && HEARD(h) != is_released))
#define HELD_HERE (HOLDS_HERE(0) || HOLDS_HERE(1))

inline settle_on_idle() { session = idle; grant = NONE; revision = 0; mark = 0; red = 0; vain = NONE; cancelled = false; has_order = false }

inline ask(kind_, about_) {
  asked++;
  assert(asked < STEPS);
  pending = kind_; about = about_; number = asked;
  net[s].asked = asked; net[s].answer = NONE; net[s].answer_holds = 0; net[s].answer_revision = 0; net[s].answer_mark = 0
}

inline withdraw(grant_) { session = withdrawing; grant = grant_; ask(NotPrinted, grant_) }

inline note_record(kind_, grant_, open_in_) { /* on disk before it is said */
  last++;
  assert(last <= RECORDS);
  printf("station %d notes %e of grant %d\n", s, kind_, grant_);
  RECORD(s, journal, last).kind = kind_; RECORD(s, journal, last).grant = grant_;
  RECORD(s, journal, last).open_in = open_in_;
  if
  :: kind_ == Unknown -> begun = begun | BIT(grant_)
  :: else -> begun = begun & ~BIT(grant_)
  fi
}

inline has_record(grant_) { /* not kept yet -> k */
  k = false;
  for (i : 1 .. RECORDS) {
    if
    :: i > kept && i <= last && RECORD(s, journal, i).grant == grant_ -> k = true
    :: else
    fi
  }
}

inline is_known(grant_) { /* -> k: this process has it in hand, or has said how it ended */
  has_record(grant_);
  k = k || (grant == grant_ && session != idle) || (pending == NotPrinted && about == grant_) || (doubts & BIT(grant_))
}

inline drop_doubt(grant_) { /* a person settled it at the desk */
  begun = begun & ~BIT(grant_);
  doubts = doubts & ~BIT(grant_);
  if
  :: (session == doubting || session == settling) && grant == grant_ -> settle_on_idle()
  :: else
  fi
}

inline greet() {
  printf("station %d says hello\n", s);
  hellos = (calm -> hellos + 1 : 0);
  assert(hellos < 12); /* nor is it said for ever */
  if
  :: session == asking && ON(NOT_AFTER_HELLO) ->
    withdraw(grant)
  :: else
  fi;
  link = greeting;
  net[s].welcome.said = false; net[s].welcome.want_holds = false; net[s].welcome.incarnation = 0;
  net[s].welcome.last = 0; net[s].welcome.outstanding = 0; net[s].welcome.settled = 0;
  net[s].hello_needed = false;
  net[s].hello[0].said = true; net[s].hello[0].is_open = OPEN_HERE;
  net[s].hello[0].journal = journal; net[s].hello[0].boot = boot; net[s].hello[0].last = last;
  net[s].hello[0].first_step = (pending -> number : asked + 1); /* what it asked before, it does not wait for */
  net[s].hello[0].unresolved = doubts | ((session == printing || session == doubting) -> BIT(grant) : 0)
}

/* After every event: is a label still in doubt, what has to be said. */
inline proceed() {
  if
  :: session == settling && kept >= settled_by ->
    if
    :: has_order -> session = packing; mark = mark_of[grant] + 1; grant = NONE; vain = NONE; has_order = false
    :: else -> settle_on_idle()
    fi
  :: else
  fi;
  if
  :: session == idle && doubts ->
    for (i : 1 .. 2 * STEPS) {
      if
      :: session == idle && (doubts & BIT(i)) -> session = doubting; grant = i; doubts = doubts & ~BIT(i)
      :: else
      fi
    }
  :: else
  fi;
  if
  :: (link == telling || link == ready) && kept < last -> net[s].record[journal] = kept + 1
  :: link == telling && kept == last -> net[s].heard = knows
  :: else
  fi;
  if
  :: link == ready && pending && !net[s].answer ->
    net[s].step[number].kind = pending; net[s].step[number].about = about; net[s].step[number].boot = boot;
    net[s].step_said = number
  :: else
  fi
}

inline begin(grant_) { /* the point of no return */
  printf("station %d begins grant %d\n", s, grant_);
  /* promise 4 */ assert((given & BIT(grant_)) || (alone & BIT(grant_)));
  session = printing; grant = grant_; sent = false;
  began = began | BIT(grant_);
  begun = (ON(POINT_OF_NO_RETURN) -> begun | BIT(grant_) : begun)
}

inline hear_hold(h, state) {
  d_step {
    printf("station %d hears hold %d %e\n", s, h, state);
    HEARD(h) = state;
    if
    :: session == asking && HELD_HERE -> withdraw(grant)
    :: else
    fi;
    proceed()
  }
}

inline take_answer() {
  d_step {
    what = net[s].answer;
    printf("station %d is answered %e\n", s, what);
    net[s].answer = NONE;
    pending = NONE;
    if
    :: what == Opened && session == opening ->
      session = packing; revision = net[s].answer_revision; mark = net[s].answer_mark; vain = NONE
    :: what == Opened && session == idle -> ask(Close, 0)
    :: what == Granted && session == asking ->
      if
      :: (HELD_HERE && ON(OWN_HOLDS)) || ((revision != revision_of[grant] || mark != mark_of[grant]) && ON(AS_GRANTED)) -> mark = mark_of[grant]; withdraw(grant)
      :: else ->
        /* promise 4: what was granted */ assert(revision == revision_of[grant] && mark == mark_of[grant]);
        begin(grant)
      fi
    :: what == Kept && session == withdrawing ->
      begun = begun & ~BIT(grant);
      grant = NONE;
      if
      :: cancelled -> settle_on_idle(); ask(Close, 0)
      :: else -> session = packing; vain = NONE
      fi
    :: what == Refused && session == opening ->
      settle_on_idle();
      if
      :: net[s].answer_holds -> greet() /* the desk believes a grant outstanding here: its welcome names it */
      :: else
      fi
    :: what == Refused && session == asking -> settle_on_idle()
    :: (what == Held || what == OldRevision || what == CatchingUp) && session == asking ->
      session = packing; grant = NONE; vain = what; red = red | net[s].answer_holds
    :: else
    fi;
    net[s].answer_holds = 0; net[s].answer_revision = 0; net[s].answer_mark = 0;
    if
    :: !pending -> number = 0; about = 0
    :: else
    fi;
    proceed()
  }
}

proctype Station(bit s) {
  /* on disk */
  byte journal, last, kept, boot = 1;
  int begun; /* grants past the point of no return whose end is not known */
  /* in memory */
  mtype session = idle, link = ready, pending;
  byte asked, number, about, grant, revision, mark, red, settled_by;
  mtype vain; /* why asking was in vain */
  bool cancelled, has_order, sent, saw;
  byte knows = 1; /* the desk's incarnation */
  int doubts;
  byte scans = (s -> SCANS_1 : SCANS_0);

  do
  /* The link. */
  :: atomic { net[s].broken && session != down -> d_step { net[s].broken = false; greet(); proceed() } }
  :: atomic { !net[s].broken && net[s].hello_needed && (link == ready || link == telling) -> d_step { greet(); proceed() } }
  :: atomic { !net[s].broken && (link == ready || link == telling) && knows != incarnation ->
      d_step { greet(); proceed() } } /* the desk's status says that it is another one */
  :: atomic { link == greeting && net[s].welcome.said ->
      d_step {
        printf("station %d is welcomed: the desk has its records up to %d\n", s, net[s].welcome.last);
        knows = net[s].welcome.incarnation;
        kept = (ON(SAYS_LACKING) -> net[s].welcome.last : kept);
        link = (net[s].welcome.want_holds -> telling : ready);
        net[s].heard_kept = false;
        for (g : 1 .. 2 * STEPS) {
          if
          :: net[s].welcome.settled & BIT(g) -> drop_doubt(g)
          :: else
          fi
        }
        g = net[s].welcome.outstanding;
        is_known(g);
        if
        :: g && !k && ON(NOT_PRINTED_BY_ASKER) -> note_record(Unknown, g, 0); doubts = doubts | BIT(g)
        :: g && !k && !ON(NOT_PRINTED_BY_ASKER) -> ask(NotPrinted, g)
        :: else
        fi;
        net[s].welcome.said = false;
        g = 0;
        proceed()
      } }
  :: atomic { link == telling && net[s].heard_kept && kept == last -> d_step { link = ready; proceed() } }
  :: atomic { (link == telling || link == ready) && kept < last && ((net[s].kept[journal] | net[s].settled[journal]) & BIT(kept)) ->
      if
      :: net[s].settled[journal] & BIT(kept) -> saw = true
      :: net[s].kept[journal] & BIT(kept) -> saw = false
      fi;
      d_step {
        kept++;
        g = RECORD(s, journal, kept).grant;
        is_known(g);
        if
        :: RECORD(s, journal, kept).kind == Unknown && saw -> drop_doubt(g)
        :: RECORD(s, journal, kept).kind == Unknown && !saw && !k -> doubts = doubts | BIT(g)
        :: else
        fi;
        saw = false;
        proceed()
      } }

  :: atomic { (link == telling || link == ready) && kept < last && !calm && !ON(UNTIL_KEPT) -> kept++ } /* the broker has it */

  /* The slip. Before all is calm people scan in vain, too. */
  :: atomic { session == idle && !pending && link == ready && scans && !calm ->
      d_step { scans--; printf("station %d: slip scanned\n", s); session = opening; ask(Open, false); proceed() } }
  :: atomic { session == idle && !pending && link == ready && scans && take_overs && stands_at == 2 - s && !calm ->
      d_step { scans--; take_overs--; printf("station %d takes over\n", s); session = opening; ask(Open, true); proceed() } }
  :: atomic { session == idle && !pending && link == ready && reprints && lies_there && !calm ->
      d_step { reprints--; wanted++; printf("station %d: reprint asked\n", s); session = opening; ask(Reprint, false); proceed() } }
  :: atomic { calm && session == idle && !pending && link == ready && !held && (stands_at == NONE || stands_at == s + 1) &&
      !net[s].hello_needed ->
      d_step { printf("station %d: slip scanned\n", s); session = opening; ask(Open, false); proceed() } }
  :: atomic { (session == opening || session == packing || session == asking || session == withdrawing) &&
      ((cancels && !calm) || (calm && session == packing && HELD_HERE && ((!held && !net[s].holds_told) || doubts))) ->
      d_step {
        printf("station %d: cancelled\n", s);
        cancels = (calm -> cancels : cancels - 1);
        if
        :: session == opening -> settle_on_idle() /* the question stays until it is answered */
        :: session == packing -> settle_on_idle(); ask(Close, 0)
        :: session == asking -> withdraw(grant); cancelled = true
        :: session == withdrawing -> cancelled = true
        fi;
        proceed()
      } }

  /* Holds and revisions: by the topic of holds, or by the desk's word. */
  :: atomic { said_hold[0] && HEARD(0) != said_hold[0] && session != down && (!calm || net[s].holds_told) ->
      hear_hold(0, said_hold[0]) }
  :: atomic { said_hold[0] == is_released && !HEARD(0) && session != down && !calm -> hear_hold(0, is_active) } /* overtaken */
  :: atomic { HEARD(0) == is_released && session != down && !calm && !ON(RELEASED_IS_FINAL) -> hear_hold(0, is_active) }
  :: atomic { said_hold[1] && HEARD(1) != said_hold[1] && session != down && (!calm || net[s].holds_told) ->
      hear_hold(1, said_hold[1]) }
  :: atomic { net[s].revised && OPEN_HERE && revision == 1 ->
      d_step { printf("station %d hears of revision 2\n", s); revision = 2; vain = NONE; proceed() } }
  :: atomic { net[s].taken_over && session == packing ->
      d_step { printf("station %d hears that its order was taken over\n", s);
        net[s].taken_over = !calm; settle_on_idle(); proceed() } }

  /* Everything matches: ask. What was refused is tried again where it is not in vain. */
  :: atomic { session == packing && !HELD_HERE && link == ready && kept == last && !net[s].hello_needed &&
      !net[s].broken && ((vain != Held || !held) && (vain != CatchingUp || !waiting) && (vain != OldRevision || revision == newest || stands_at != s + 1)) ->
      d_step {
        vain = NONE; session = asking; ask(Print, revision); grant = 2 * number + s;
        printf("station %d asks for permission: grant %d, revision %d\n", s, grant, revision);
        proceed()
      } }
  :: atomic { session == asking && give_ups && !calm ->
      d_step { printf("station %d does not wait any longer\n", s); give_ups--; withdraw(grant); proceed() } }
  :: atomic { pending && net[s].answer && link != away -> take_answer() }
  :: atomic { session == withdrawing && (given & BIT(about)) && !(paper & BIT(about)) && !in_printer[s] && !HELD_HERE &&
      !ON(WHILE_WAITING) -> d_step { begin(about); proceed() } }

  /* The printer. */
  :: atomic { session == printing && !sent ->
      d_step {
        printf("station %d: first byte of grant %d\n", s, grant);
        sent = true;
        if
        :: in_printer[s] -> label_comes_out(in_printer[s])
        :: else
        fi;
        in_printer[s] = grant
      } }
  :: atomic { session == printing && sent && !(begun & BIT(grant)) -> begun = begun | BIT(grant) } /* too late */
  :: atomic { session == printing && (paper & BIT(grant)) ->
      d_step { note_record(Printed, grant, 0); settle_on_idle(); proceed() } }
  :: atomic { session == printing && !sent && jams && !calm ->
      d_step {
        printf("station %d: the printer fails before the first byte\n", s);
        jams--;
        begun = begun & ~BIT(grant);
        if
        :: (alone & BIT(grant)) && pending == NotPrinted -> session = withdrawing; grant = about
        :: else -> begun = begun | BIT(grant); withdraw(grant)
        fi;
        proceed()
      } }
  :: atomic { session == printing && sent && jams && !calm ->
      if
      :: in_printer[s] = NONE /* it never comes out */
      :: skip /* it is out, or may come out yet */
      fi;
      d_step {
        printf("station %d: the printer fails in grant %d\n", s, grant);
        jams--;
        note_record(Unknown, grant, 0); session = doubting; has_order = true; proceed()
      } }
  :: atomic { session == doubting -> /* a person looks */
      d_step {
        if
        :: paper & BIT(grant) -> note_record(Printed, grant, 0); settle_on_idle()
        :: else ->
          printf("station %d: no label came out\n", s);
          /* nobody is asked to look for nothing, but where a memory or a connection was lost */
          assert((began & BIT(grant)) || crashes < CRASHES || desk_crashes < DESK_CRASHES || restores < RESTORES || reconnects < RECONNECTS);
          in_printer[s] = (ON(CLEARING) -> NONE : in_printer[s]);
          k = (has_order -> boot : 0);
          note_record(NoLabel, grant, k); session = settling; settled_by = last
        fi;
        proceed()
      } }
  :: atomic { keys && !calm && !(HELD_HERE && ON(OWN_HOLDS)) && ((session == packing && link != ready) || (session == withdrawing && !cancelled)) ->
      d_step {
        keys--;
        asked++;
        assert(asked < STEPS);
        g = 2 * asked + s;
        printf("station %d: the supervisor's key\n", s);
        alone = alone | BIT(g); revision_of[g] = revision; mark_of[g] = mark;
        /* promise 1, of the exception */ assert(!HELD_HERE);
        begin(g)
      } }

  /* The process ends, and another one begins. */
  :: atomic { crashes && session != down && !calm ->
      if
      :: saw = false
      :: journals_lost -> saw = true
      fi;
      d_step {
        printf("station %d crashes\n", s);
        crashes--;
        settle_on_idle();
        session = down; net[s].is_down = true; link = away; pending = NONE; number = 0; about = 0; sent = false; knows = 0; doubts = 0;
        settled_by = 0;
        if
        :: saw ->
          printf("station %d has lost its journal\n", s);
          journals_lost--; journal++; last = 0; kept = 0; begun = 0;
          HEARD(0) = NONE; HEARD(1) = NONE
        :: else
        fi;
        saw = false
      } }
  :: atomic { session == down ->
      d_step {
        printf("station %d starts\n", s);
        boot++; session = idle; net[s].is_down = false; doubts = begun;
        for (g : 1 .. 2 * STEPS) {
          has_record(g);
          if
          :: (begun & BIT(g)) && !k ->
            note_record(Unknown, g, 0);
            in_printer[s] = (ON(NEVER_BY_ITSELF) -> in_printer[s] : g)
          :: else
          fi
        }
        net[s].broken = false;
        proceed();
        greet()
      } }
  :: atomic { net[s].resolved && session != down ->
      d_step {
        for (g : 1 .. 2 * STEPS) {
          if
          :: (net[s].resolved & BIT(g)) && session == asking && grant == g -> withdraw(g)
          :: (net[s].resolved & BIT(g)) && !(session == asking && grant == g) -> drop_doubt(g)
          :: else
          fi
        }
        net[s].resolved = 0;
        proceed()
      } }
  /* The end. */
  :: atomic { timeout && calm -> assert(session == idle || (session == packing && HELD_HERE)); assert(link == ready && kept == last); break }
  od
}

/* ------------------------------------------------------------------------------------------- the desk */

typedef Database {
  mtype hold[2], revision_2, claim;
  byte at, grant;            /* of the claim */
  int doubts;                /* further grants not known to have ended */
  byte boot_of[2 * STEPS + 2];
  bit shipped;
  byte shipped_revision, label_sets;
  int printed, not_printed;  /* how grants ended */
  byte journal[2], boot[2], last[2], promised[2], number[2];
  mtype reply[2];
  byte reply_holds[2];
  bit is_open[2];
  byte waits_for;            /* one bit a station */
  byte owed                  /* changed answers */
}

mtype = { pending_, accepted_, late_ }; /* what revision 2 is worth */

#define OUTSTANDING (db.claim == granted || db.claim == in_doubt)
#define STANDS(g) ((OUTSTANDING && db.grant == (g)) || (db.doubts & BIT(g)))
#define ENDED(g) ((db.printed | db.not_printed) & BIT(g))
#define NEWEST (db.revision_2 == accepted_ -> 2 : 1)
#define HELD_AT_DESK (db.hold[0] == is_active || db.hold[1] == is_active)

/* What a hold or a revision is answered is a function of the order alone. */
#define HOLD_OUTCOME(h) (db.hold[h] == NONE -> NONE : (db.hold[h] == is_released -> freed : (db.shipped -> too_late \
  : ((db.claim == granted && ON(PRINTING_IS_SAID)) -> is_printing : ((db.claim == in_doubt && ON(UNKNOWN_IS_SAID)) -> unknown : (UNSURE -> unknown : stopped))))))
#define REVISION_OUTCOME (db.revision_2 == NONE -> NONE : (db.revision_2 == late_ -> too_late \
  : (db.revision_2 == pending_ -> (db.claim == in_doubt -> unknown : is_printing) \
  : (UNSURE && !db.shipped -> unknown : accepted))))
#define UNSURE (db.waits_for && ON(CATCHING_UP))

inline say(x) { /* and see that it is true */
  what = (x == 2 -> REVISION_OUTCOME : HOLD_OUTCOME(x & 1));
  printf("    the desk answers %d (0, 1: hold; 2: revision): %e%c\n", x, what, (hears -> ' ' : '?'));
  /* promise 2 */
  assert(what != stopped || !(paper & ~alone));
  assert(what != too_late || paper);
  assert(what != freed || said_hold[0] == is_released);
  if
  :: x < 2 && what == stopped -> bound[x] = true
  :: x == 2 && what == accepted -> bound_revision = 1
  :: x == 2 && what == too_late -> bound_revision = 0 /* accepted, until the desk heard of a label without permission */
  :: else
  fi;
  if
  :: hears ->
    db.owed = db.owed & ~BIT(x);
    if
    :: what == is_printing || what == unknown -> told[x] = NONE /* it asks again */
    :: x == 0 && said_hold[0] == is_released && what != freed -> skip /* an answer from before the release */
    :: else -> told[x] = what
    fi
  :: else
  fi
}

inline answers_before() { was[0] = HOLD_OUTCOME(0); was[1] = HOLD_OUTCOME(1); was[2] = REVISION_OUTCOME }

inline say_if_changed(x) {
  if
  :: was[x] != NONE && was[x] != what && what != freed ->
    db.owed = (ON(CORRECTIONS) -> db.owed | BIT(x) : db.owed);
    say(x)
  :: else
  fi
}

inline changed_answers() {
  what = HOLD_OUTCOME(0);
  say_if_changed(0);
  what = HOLD_OUTCOME(1);
  say_if_changed(1);
  what = REVISION_OUTCOME;
  say_if_changed(2)
}

inline look_about() {
  stands_at = (db.claim == open_at -> db.at + 1 : ((db.shipped || db.claim != free) -> 9 : NONE));
  held = HELD_AT_DESK; waiting = db.waits_for != 0; newest = NEWEST; lies_there = db.shipped && db.claim == free;
  i = 0; k = 0; g = 0; what = NONE
}

inline reply_with(s, m, kind_) {
  if
  :: m != net[s].asked -> skip /* nobody waits for it any more */
  :: m == net[s].asked && (hears || !net[s].answer) -> net[s].answer = kind_; net[s].answer_revision = (kind_ == Opened -> NEWEST : 0);
    net[s].answer_mark = (kind_ == Opened -> db.label_sets : 0);
    net[s].answer_holds = db.reply_holds[s]
  :: else /* an answer from before it comes instead */
  fi
}

inline with_doubt(s, grant_) {
  db.boot_of[grant_] = db.boot[s];
  if
  :: db.revision_2 == accepted_ && revision_of[grant_] == 1 && db.shipped_revision < 2 && ON(NEWER_IN_DOUBT) ->
    db.revision_2 = pending_
  :: else
  fi;
  if
  :: !ON(UNKNOWN_IS_NOT_FREE) -> db.claim = free; db.at = 0; db.grant = NONE
  :: ON(UNKNOWN_IS_NOT_FREE) && (!OUTSTANDING || db.grant == grant_) -> db.claim = in_doubt; db.at = s; db.grant = grant_
  :: else -> db.doubts = (ON(FURTHER_DOUBTS) -> db.doubts | BIT(grant_) : db.doubts)
  fi
}

inline ended(grant_) { /* another that stands takes its place */
  db.boot_of[grant_] = 0;
  db.doubts = db.doubts & ~BIT(grant_);
  if
  :: OUTSTANDING && db.grant == grant_ ->
    db.claim = free; db.at = 0; db.grant = NONE;
    for (i : 1 .. 2 * STEPS) {
      if
      :: db.claim == free && (db.doubts & BIT(i)) ->
        db.claim = in_doubt; db.at = STATION_OF(i); db.grant = i; db.doubts = db.doubts & ~BIT(i)
      :: else
      fi
    }
  :: !OUTSTANDING -> db.claim = free; db.at = 0 /* a label of which a restored desk hears: nobody packs this order */
  :: else
  fi
}

inline came_to_nothing(grant_) {
  ended(grant_);
  db.not_printed = db.not_printed | BIT(grant_);
  k = false; /* there is a newer revision to tell of */
  if
  :: !OUTSTANDING && db.revision_2 == pending_ -> db.revision_2 = accepted_; k = true
  :: else
  fi
}

inline no_label(grant_, station_, still_open) {
  came_to_nothing(grant_);
  if
  :: db.claim == free && still_open -> db.claim = open_at; db.at = station_; net[station_].revised = net[station_].revised || k
  :: else
  fi;
  if
  :: db.label_sets <= mark_of[grant_] && ON(MARK) -> db.label_sets = mark_of[grant_] + 1
  :: else
  fi
}

inline came_out(grant_) { /* one shipment record, whatever else the desk believed */
  if
  :: db.printed & BIT(grant_)
  :: else ->
    ended(grant_);
    db.printed = db.printed | BIT(grant_);
    /* promise 5 */ assert(paper & BIT(grant_));
    shipments = shipments | BIT(grant_);
    if
    :: db.shipped_revision < revision_of[grant_] -> db.shipped_revision = revision_of[grant_]
    :: else
    fi;
    db.shipped = true;
    k = db.shipped_revision;
    if
    :: OUTSTANDING && revision_of[db.grant] > k -> k = revision_of[db.grant]
    :: else
    fi;
    if
    :: db.revision_2 && k < 2 -> db.revision_2 = late_
    :: db.revision_2 && k == 2 -> db.revision_2 = accepted_
    :: else
    fi;
    if
    :: db.label_sets <= mark_of[grant_] && ON(MARK) -> db.label_sets = mark_of[grant_] + 1
    :: else
    fi
  fi
}

inline take_hello(s, x) {
  printf("desk: hello of station %d, boot %d\n", s, net[s].hello[x].boot);
  if
  :: ON(OLD_HELLO) && (net[s].hello[x].journal < db.journal[s] || (net[s].hello[x].journal == db.journal[s] &&
      (net[s].hello[x].boot < db.boot[s] || net[s].hello[x].last < db.last[s]))) -> skip /* an old copy, or late */
  :: else ->
    answers_before();
    greeted[s] = true;
    was_same = db.boot[s] == net[s].hello[x].boot;
    if
    :: net[s].hello[x].journal != db.journal[s] -> db.last[s] = 0
    :: else
    fi;
    db.journal[s] = net[s].hello[x].journal; db.boot[s] = net[s].hello[x].boot;
    db.promised[s] = net[s].hello[x].last; db.is_open[s] = net[s].hello[x].is_open;
    if
    :: !was_same -> db.number[s] = 0; db.reply[s] = NONE; db.reply_holds[s] = 0; told_all[s] = false
    :: else
    fi;
    if
    :: (!was_same || (db.waits_for & BIT(s))) && db.claim == open_at && db.at == s && !net[s].hello[x].is_open ->
      db.claim = free; db.at = 0
    :: was_same && db.claim == open_at && db.at == s -> /* what it may have missed */
      net[s].holds_told = ON(TELLS_HOLDS);
      net[s].revised = net[s].revised || NEWEST == 2
    :: else
    fi;
    if
    :: db.number[s] + 1 < net[s].hello[x].first_step && ON(FIRST_STEP) ->
      db.number[s] = net[s].hello[x].first_step - 1; db.reply[s] = NONE; db.reply_holds[s] = 0
    :: else
    fi;
    settled = 0;
    for (g : 1 .. 2 * STEPS) {
      if
      :: (net[s].hello[x].unresolved & BIT(g)) && ENDED(g) -> settled = settled | BIT(g)
      :: (net[s].hello[x].unresolved & BIT(g)) && !ENDED(g) && !STANDS(g) -> with_doubt(s, g)
      :: else
      fi
    }
    if
    :: x == 0 && (hears || !net[s].welcome.said) ->
      net[s].welcome.said = true; net[s].welcome.incarnation = incarnation; net[s].welcome.last = db.last[s];
      net[s].welcome.settled = settled; net[s].welcome.want_holds = !told_all[s];
      net[s].welcome.outstanding = ((OUTSTANDING && db.at == s && ON(TELLS_OUTSTANDING)) -> db.grant : NONE)
    :: else
    fi;
    settled = 0; was_same = false;
    changed_answers()
  fi;
  net[s].hello[x].said = !calm
}

inline take_heard(s) {
  printf("desk: station %d tells the holds that it heard\n", s);
  for (k : 0 .. 1) {
    if
    :: (HEARD(k) == is_active && !db.hold[k]) || (HEARD(k) == is_released && db.hold[k] != is_released) ->
      db.hold[k] = HEARD(k); say(k)
    :: else
    fi
  }
  if
  :: db.last[s] < db.promised[s] -> net[s].hello_needed = true
  :: else ->
    told_all[s] = true;
    net[s].heard_kept = true;
    if
    :: db.waits_for == BIT(s) ->
      db.waits_for = 0;
      if
      :: db.hold[0] == is_active -> db.owed = db.owed | BIT(0); say(0)
      :: else
      fi;
      if
      :: db.hold[1] == is_active -> db.owed = db.owed | BIT(1); say(1)
      :: else
      fi
    :: else -> db.waits_for = db.waits_for & ~BIT(s)
    fi
  fi;
  if
  :: calm -> net[s].heard = 0
  :: else
  fi
}

inline decide_open(s, m) {
  if
  :: OUTSTANDING -> db.reply_holds[s] = (db.at == s) /* greet anew */
  :: else ->
    if
    :: (net[s].step[m].kind == Open && db.shipped && ON(SHIPPED_IS_SHIPPED)) || (net[s].step[m].kind == Reprint && !db.shipped) || HELD_AT_DESK ||
        (db.claim == open_at && db.at != s && !(net[s].step[m].kind == Open && net[s].step[m].about)) ->
      if
      :: db.claim == open_at && db.at == s -> db.claim = free; db.at = 0 /* it has put back the one before */
      :: else
      fi
    :: else ->
      if
      :: db.claim == open_at && db.at != s -> net[1 - s].taken_over = true
      :: else
      fi;
      db.claim = open_at; db.at = s; db.reply[s] = Opened;
      net[s].holds_told = net[s].holds_told || ON(TELLS_HOLDS)
    fi
  fi
}

inline decide_print(s, m) {
  if
  :: (db.waits_for || db.last[s] < db.promised[s]) && ON(RESENDING_FIRST) -> db.reply[s] = CatchingUp
  :: else ->
    if
    :: (db.claim != open_at || db.at != s) && ON(OPEN_HERE_ONLY) -> skip
    :: else ->
      if
      :: HELD_AT_DESK && ON(HOLD_REFUSES) -> db.reply[s] = Held;
        db.reply_holds[s] = (db.hold[0] == is_active -> BIT(0) : 0) | (db.hold[1] == is_active -> BIT(1) : 0)
      :: !(HELD_AT_DESK && ON(HOLD_REFUSES)) && net[s].step[m].about != NEWEST && ON(NEWEST_REVISION) -> db.reply[s] = OldRevision; net[s].revised = NEWEST == 2
      :: else ->
        db.reply[s] = Granted;
        g = 2 * m + s;
        db.claim = granted; db.at = s; db.grant = g; db.boot_of[g] = db.boot[s];
        revision_of[g] = (ON(NEWEST_REVISION) -> NEWEST : net[s].step[m].about); mark_of[g] = db.label_sets; given = given | BIT(g)
      fi
    fi
  fi
}

inline take_step(s, m) {
  if
  :: !net[s].step[m].kind -> skip
  :: net[s].step[m].kind && (net[s].step[m].boot != db.boot[s] || (!told_all[s] && ON(HOLDS_HEARD))) -> net[s].hello_needed = true
  :: else ->
    if
    :: (m < db.number[s] && ON(NEWEST_STEP)) || (m == db.number[s] && !db.reply[s]) -> skip
    :: m == db.number[s] && db.reply[s] && ON(SAME_ANSWER) -> /* the same request, the same answer, unless it was taken back since */
      if
      :: ON(TAKEN_BACK) && db.reply[s] == Opened && !(db.claim == open_at && db.at == s) -> reply_with(s, m, Refused)
      :: ON(TAKEN_BACK) && db.reply[s] == Granted && !(db.claim == granted && db.grant == 2 * m + s) -> reply_with(s, m, Refused)
      :: else -> reply_with(s, m, db.reply[s])
      fi
    :: else ->
      answers_before();
      printf("desk: station %d, %e\n", s, net[s].step[m].kind);
      db.number[s] = m; db.reply_holds[s] = 0; db.reply[s] = Refused;
      if
      :: net[s].step[m].kind == Open || net[s].step[m].kind == Reprint -> decide_open(s, m)
      :: net[s].step[m].kind == Print -> decide_print(s, m)
      :: net[s].step[m].kind == NotPrinted ->
        db.reply[s] = Kept;
        if
        :: !ON(GRANT_THAT_STANDS) && OUTSTANDING && db.at == s -> g = db.grant; came_to_nothing(g)
        :: ON(GRANT_THAT_STANDS) && STANDS(net[s].step[m].about) && STATION_OF(net[s].step[m].about) == s &&
            (db.boot_of[net[s].step[m].about] == net[s].step[m].boot || !ON(SAME_BOOT)) ->
          came_to_nothing(net[s].step[m].about);
          if
          :: db.claim == free -> db.claim = open_at; db.at = s; net[s].revised = net[s].revised || k
          :: else
          fi
        :: else
        fi
      :: net[s].step[m].kind == Close ->
        db.reply[s] = Closed;
        if
        :: db.claim == open_at && db.at == s -> db.claim = free; db.at = 0
        :: else
        fi
      fi;
      reply_with(s, m, db.reply[s]);
      changed_answers()
    fi
  fi;
  if
  :: calm -> net[s].step[m].kind = NONE; net[s].step_said = 0
  :: else
  fi
}

inline take_record(s, of_journal, n_) {
  if
  :: db.journal[s] != of_journal || !greeted[s] || (n_ > db.last[s] + 1 && ON(IN_ORDER)) -> net[s].hello_needed = true
  :: else ->
    answers_before();
    g = RECORD(s, of_journal, n_).grant;
    if
    :: RECORD(s, of_journal, n_).kind == Unknown && ENDED(g) && ON(ENDED_IS_ENDED) -> net[s].settled[of_journal] = net[s].settled[of_journal] | BIT(n_ - 1)
    :: else -> net[s].kept[of_journal] = net[s].kept[of_journal] | BIT(n_ - 1)
    fi;
    if
    :: n_ <= db.last[s] && ON(RECORD_ONCE) -> skip
    :: else ->
      printf("desk: %e of grant %d, from station %d\n", RECORD(s, of_journal, n_).kind, g, s);
      db.last[s] = n_;
      if
      :: RECORD(s, of_journal, n_).kind == Printed -> came_out(g)
      :: RECORD(s, of_journal, n_).kind == Unknown && !(ENDED(g) && ON(ENDED_IS_ENDED)) -> with_doubt(s, g)
      :: RECORD(s, of_journal, n_).kind == NoLabel && STANDS(g) ->
        no_label(g, s, RECORD(s, of_journal, n_).open_in == db.boot[s] && (n_ > db.promised[s] || db.is_open[s] || !ON(OPEN_IN_HELLO)))
      :: RECORD(s, of_journal, n_).kind == NoLabel && !STANDS(g) && !ENDED(g) ->
        db.not_printed = db.not_printed | BIT(g);
        if
        :: db.label_sets <= mark_of[g] && ON(MARK) -> db.label_sets = mark_of[g] + 1
        :: else
        fi
      :: else
      fi;
      changed_answers()
    fi
  fi
}

inline take_hold(h, state) {
  if
  :: db.hold[h] != state && !(db.hold[h] == is_released && ON(RELEASED_IS_FINAL)) ->
    db.hold[h] = state;
    if
    :: db.claim != free -> net[db.at].holds_told = true
    :: else
    fi
  :: else
  fi;
  say(h)
}

inline copy(from, to) {
  to.hold[0] = from.hold[0]; to.hold[1] = from.hold[1]; to.revision_2 = from.revision_2; to.claim = from.claim;
  to.at = from.at; to.grant = from.grant; to.doubts = from.doubts; to.shipped = from.shipped;
  to.shipped_revision = from.shipped_revision; to.label_sets = from.label_sets; to.printed = from.printed;
  to.not_printed = from.not_printed; to.waits_for = from.waits_for; to.owed = from.owed;
  for (i : 1 .. 2 * STEPS) { to.boot_of[i] = from.boot_of[i] }
  for (i : 0 .. 1) {
    to.journal[i] = from.journal[i]; to.boot[i] = from.boot[i]; to.last[i] = from.last[i];
    to.promised[i] = from.promised[i]; to.number[i] = from.number[i]; to.reply[i] = from.reply[i];
    to.reply_holds[i] = from.reply_holds[i]; to.is_open[i] = from.is_open[i]
  }
  i = 0
}

inline may_be_heard() {
  if
  :: ON(DURABLE) -> skip
  :: else -> copy(db, backup) /* what a crash leaves */
  fi;
  if
  :: hears = true
  :: !calm -> hears = false
  fi
}

inline choose_record(s, j) {
  n = net[s].record[j];
  do
  :: !calm && n > 1 -> n--
  :: break
  od
}

inline choose_step(s) { /* the desk takes no older one than it has */
  n = net[s].step_said;
  do
  :: !calm && n > 1 && (n > db.number[s] || !ON(NEWEST_STEP)) -> n--
  :: break
  od
}

inline said_once(what_) { what_ = (calm -> 0 : what_) }

inline new_incarnation() { incarnation++; greeted[0] = false; greeted[1] = false; told_all[0] = false; told_all[1] = false }

#define TAKES(s) \
  :: atomic { net[s].hello[0].said && !(calm && net[s].welcome.said) -> may_be_heard(); d_step { take_hello(s, 0); look_about() } } \
  :: atomic { net[s].hello[1].said && !calm -> may_be_heard(); d_step { take_hello(s, 1); look_about() } } \
  :: atomic { net[s].heard == incarnation && !net[s].hello_needed && !(calm && net[s].heard_kept) -> \
      may_be_heard(); d_step { take_heard(s); look_about() } } \
  :: atomic { net[s].record[0] > 0 && !(calm && net[s].hello_needed) -> \
      may_be_heard(); choose_record(s, 0); d_step { take_record(s, 0, n); said_once(net[s].record[0]); n = 0; look_about() } } \
  :: atomic { net[s].record[1] > 0 && !(calm && net[s].hello_needed) -> \
      may_be_heard(); choose_record(s, 1); d_step { take_record(s, 1, n); said_once(net[s].record[1]); n = 0; look_about() } } \
  :: atomic { net[s].step_said && !(calm && net[s].hello_needed) -> choose_step(s); may_be_heard(); d_step { take_step(s, n); n = 0; look_about() } }

proctype Desk() {
  Database db, backup;
  bit greeted[2] = 1, told_all[2] = 1; /* by this incarnation */
  bit hears, was_same;
  byte n;
  int settled;
  bit copied;
  db.claim = free; db.boot[0] = 1; db.boot[1] = 1;

  do
  TAKES(0)
  TAKES(1)

  /* The contact center's word, said again until it is answered. */
  :: atomic { said_hold[0] && (!calm || UNANSWERED(0, HOLD_OUTCOME(0))) ->
      may_be_heard(); d_step { take_hold(0, said_hold[0]); look_about() } }
  :: atomic { said_hold[0] == is_released && (db.hold[0] == NONE || !ON(RELEASED_IS_FINAL)) && !calm ->
      may_be_heard(); d_step { take_hold(0, is_active); look_about() } }
  :: atomic { said_hold[1] && (!calm || UNANSWERED(1, HOLD_OUTCOME(1))) ->
      may_be_heard(); d_step { take_hold(1, is_active); look_about() } }
  :: atomic { said_revision && (!calm || UNANSWERED(2, REVISION_OUTCOME)) ->
      may_be_heard();
      d_step {
        if
        :: db.revision_2 == NONE ->
          db.revision_2 = (db.shipped -> late_ : ((OUTSTANDING && ON(PENDING)) -> pending_ : accepted_));
          if
          :: db.revision_2 == accepted_ && db.claim == open_at -> net[db.at].revised = true
          :: else
          fi
        :: else
        fi;
        say(2);
        look_about()
      } }
  :: atomic { db.owed -> /* at every connection, until the broker has taken it */
      d_step {
        hears = true;
        for (k : 0 .. 2) {
          if
          :: db.owed & BIT(k) -> say(k)
          :: else
          fi
        }
        look_about()
      } }

  /* A supervisor looks for the label of a station that is down, and clears its printer. */
  :: atomic { resolves && !calm && OUTSTANDING && net[db.at].is_down ->
      may_be_heard();
      d_step {
        resolves--;
        g = db.grant;
        n = db.at;
        printf("a supervisor resolves grant %d\n", g);
        answers_before();
        in_printer[n] = NONE;
        net[n].resolved = net[n].resolved | BIT(g);
        if
        :: paper & BIT(g) -> came_out(g)
        :: else -> no_label(g, n, false)
        fi;
        changed_answers();
        n = 0;
        look_about()
      } }

  /* The process ends, and another one begins. */
  :: atomic { desk_crashes && !calm -> 
      d_step {
        printf("the desk crashes\n");
        desk_crashes--;
        if
        :: ON(DURABLE) -> skip
        :: else -> copy(backup, db)
        fi;
        new_incarnation();
        look_about()
      } }
  :: atomic { restores && !copied && !calm -> d_step { printf("the desk is copied\n"); copied = true; copy(db, backup) } }
  :: atomic { copied && !calm ->
      d_step {
        printf("the desk is restored from the copy\n");
        copied = false; restores--;
        copy(backup, db);
        db.waits_for = 3;
        new_incarnation();
        /* What no station heard and nobody publishes again is lost: the contact center sees it, and says all again. */
        bound[0] = bound[0] && (heard[0] == is_active || heard[2] == is_active || db.hold[0] == is_active);
        bound[1] = bound[1] && (heard[1] == is_active || heard[3] == is_active || db.hold[1] == is_active);
        bound_revision = bound_revision && db.revision_2 == accepted_;
        if
        :: ON(EPOCH) -> told[0] = NONE; told[1] = NONE; told[2] = NONE
        :: else
        fi;
        look_about()
      } }

  /* The end: nothing more can happen. */
  :: atomic { timeout && calm ->
      /* nothing is stuck */
      assert(!OUTSTANDING && !db.doubts && !db.waits_for && !db.owed);
      assert(db.shipped || HELD_AT_DESK);
      assert(!said_hold[1] || db.hold[1] == is_active);
      /* promise 5 */
      assert(shipments == paper && db.printed == (db.printed & paper));
      /* promise 2 */
      assert(told[0] == (said_hold[0] -> freed : NONE));
      assert(told[1] == (said_hold[1] -> HOLD_OUTCOME(1) : NONE));
      assert(told[2] == (said_revision -> REVISION_OUTCOME : NONE));
      break }
  od
}

/* ------------------------------------------------------------------------------------------- the others */

proctype ContactCenter() {
  do
  :: atomic { (ASKED & HOLD_A) && !said_hold[0] && !calm -> d_step { printf("hold A\n"); said_hold[0] = is_active } }
  :: atomic { said_hold[0] == is_active ->
      d_step { printf("hold A is released\n"); said_hold[0] = is_released; told[0] = NONE;
        net[0].holds_told = true; net[1].holds_told = true } }
  :: atomic { (ASKED & HOLD_B) && !said_hold[1] && !calm -> d_step { printf("hold B\n"); said_hold[1] = is_active } }
  :: atomic { (ASKED & REVISION_2) && !said_revision && !calm ->
      d_step { printf("revision 2\n"); said_revision = true } }
  :: atomic { timeout && calm -> break }
  od
}

proctype Printers() {
  do
  :: atomic { in_printer[0] -> d_step { label_comes_out(in_printer[0]) } }
  :: atomic { in_printer[1] -> d_step { label_comes_out(in_printer[1]) } }
  :: atomic { timeout && calm -> break }
  od
}

inline cease(s) { /* what is on its way is lost, and everybody connects anew */
  net[s].hello[0].said = false; net[s].hello[1].said = false; net[s].welcome.said = false; net[s].heard = 0;
  net[s].heard_kept = false; net[s].answer = NONE; net[s].answer_holds = 0; net[s].record[0] = 0; net[s].record[1] = 0; net[s].kept[0] = 0;
  net[s].kept[1] = 0; net[s].settled[0] = 0; net[s].settled[1] = 0; net[s].hello_needed = false;
  net[s].taken_over = false; net[s].revised = false; net[s].holds_told = false; net[s].broken = true;
  for (i : 1 .. STEPS - 1) { net[s].step[i].kind = NONE; net[s].step[i].about = 0; net[s].step[i].boot = 0 }
  net[s].step_said = 0
}

inline come_late(s) {
  late_hellos--;
  net[s].hello[1].said = true; net[s].hello[1].is_open = net[s].hello[0].is_open;
  net[s].hello[1].journal = net[s].hello[0].journal; net[s].hello[1].boot = net[s].hello[0].boot;
  net[s].hello[1].last = net[s].hello[0].last; net[s].hello[1].first_step = net[s].hello[0].first_step; net[s].hello[1].unresolved = net[s].hello[0].unresolved
}

proctype Faults() {
  do
  :: atomic { reconnects && !calm -> reconnects--; if :: !net[0].broken -> net[0].broken = true :: !net[1].broken -> net[1].broken = true fi }
  :: atomic { late_hellos && net[0].hello[0].said && !calm -> d_step { come_late(0) } }
  :: atomic { late_hellos && net[1].hello[0].said && !calm -> d_step { come_late(1) } }
  :: atomic { !calm ->
      d_step {
        printf("---- all is calm\n");
        calm = true;
        /* One at a time: that messages race is tried before. */
        set_priority(1, 5); set_priority(2, 4); set_priority(3, 3); set_priority(5, 2);
        cease(0); cease(1)
      };
      break }
  od
}

init {
  atomic { run Desk(); run Station(0); run Station(1); run ContactCenter(); run Printers(); run Faults() }
}
