"""What the packer is told, one line at a time: in Japanese, with English beside.

The words of the whole station stand in ``WORDS``. ``{0}``, ``{1}`` are filled with order numbers, counts, places
and times; never with personal data.
"""

from dataclasses import dataclass

from station.bench.core.card_words import CARD_WORDS
from station.bench.core.keys import Key, Tone
from station.protocol.hold import Hold

__all__ = ["KINDS", "WORDS", "Key", "Notice", "Tone", "about_hold", "notice"]

WORDS: dict[Key, tuple[Tone, str, str]] = {
    Key.SCAN_SLIP: (Tone.GO, "納品書をスキャンしてください", "Scan the packing slip"),
    Key.NO_DESK: (Tone.WAIT, "デスクに接続中です。お待ちください", "Connecting to the desk; please wait"),
    Key.OPENING: (Tone.WAIT, "注文を確認中", "Looking up the order"),
    Key.NO_ANSWER: (
        Tone.WAIT,
        "デスクの応答がありません。印刷はしていません。応答があれば自動で再開します",
        "The desk does not answer. Nothing was printed. It goes on by itself when the desk answers",
    ),
    Key.UNKNOWN_SLIP: (Tone.STOP, "この納品書の注文が見つかりません: {0}", "No order has this slip: {0}"),
    Key.ORDER_HELD: (Tone.STOP, "保留中の注文です: {0} - {1}{2}", "This order is on hold: {0} - {1}{2}"),
    Key.OPEN_ELSEWHERE: (Tone.STOP, "{1} で作業中の注文です: {0}", "Being packed at {1}: {0}"),
    Key.OPEN_AT_DEAD_STATION: (
        Tone.STOP,
        "停止中の {1} で作業途中の注文です: {0}。引き継ぐ場合は「引き継ぎ」カードをスキャンしてください",
        "Left open at {1}, which is down: {0}. Take it over with the card",
    ),
    Key.PRINTING_ELSEWHERE: (Tone.STOP, "{1} で印刷中の注文です: {0}", "Being printed at {1}: {0}"),
    Key.ORDER_IN_DOUBT: (
        Tone.STOP,
        "{1} で送り状が出たかどうか確認中の注文です: {0}",
        "At {1} it is not known whether the label came out: {0}",
    ),
    Key.SHIPPED: (Tone.STOP, "出荷済みの注文です: {0} ({1} {2})", "Shipped already: {0} ({1} {2})"),
    Key.NOT_SHIPPED: (Tone.STOP, "まだ出荷していない注文です: {0}", "Not shipped yet: {0}"),
    Key.NO_INSTRUCTION: (Tone.STOP, "出荷指示がない注文です: {0}", "The desk has no instruction for order {0}"),
    Key.NOT_OPEN_HERE: (
        Tone.STOP,
        "この作業台の注文ではなくなりました: {0}。納品書からスキャンし直してください",
        "Not open here any more: {0}. Start again with the slip",
    ),
    Key.UNRESOLVED_HERE: (
        Tone.STOP,
        "先に注文 {0} の送り状を確認してください",
        "First find out about the label of order {0}",
    ),
    Key.CATCHING_UP: (Tone.WAIT, "デスクが復旧中です: {0}", "The desk is catching up: {0}"),
    Key.REVISION_COMING: (Tone.WAIT, "新しい版の出荷指示を受信中です", "A newer revision is on its way"),
    Key.RELEASE_COMING: (Tone.WAIT, "保留の解除をデスクに確認中です", "Waiting for the desk to hear of the release"),
    Key.ITEM_BEFORE_SLIP: (Tone.STOP, "先に納品書をスキャンしてください", "Scan the slip before the items"),
    Key.SCAN_ITEMS: (Tone.GO, "商品をスキャンしてください", "Scan the items"),
    Key.COUNTED: (Tone.GO, "{0} ({1}/{2})", "{0} ({1}/{2})"),
    Key.REPEATED: (Tone.GO, "二度読みしたため、1個と数えました", "Read twice: counted once"),
    Key.WRONG_ITEM: (
        Tone.STOP,
        "違う商品です: {0}。箱に入れないでください",
        "Wrong item: {0}. Keep it out of the box",
    ),
    Key.ONE_TOO_MANY: (Tone.STOP, "数量オーバーです: {0}。1個戻してください", "One too many: {0}. Put one back"),
    Key.CODE_LACKS: (
        Tone.STOP,
        "{0}: このコードには{1}がありません。JANではなく、{1}が入ったGS1コード (2次元など) をスキャンしてください",
        "{0}: this code has no {1}. Scan the GS1 code that has it (the 2-D code), not the JAN",
    ),
    Key.CODE_RUNS_TOGETHER: (
        Tone.STOP,
        "{0}: {1}の終わりが読み取れません。別のコードをスキャンするか、"
        "スキャナーのFNC1 (GS) 送信設定を確認してください",
        "{0}: where the {1} ends cannot be told. Scan another code, or have the scanner set to send FNC1 (GS)",
    ),
    Key.EXPIRES_TOO_SOON: (
        Tone.STOP,
        "{0}: 期限 {1} の商品は出荷できません ({2} 以降のみ)。箱に入れないでください",
        "{0}: expires on {1}, and has to last until {2} at least. Keep it out of the box",
    ),
    Key.SERIAL_TWICE: (
        Tone.STOP,
        "{0}: シリアル {1} はスキャン済みです。別の1個をスキャンしてください",
        "{0}: serial {1} is in this box already. Scan another unit",
    ),
    Key.SERIAL_SHIPPED: (
        Tone.STOP,
        "{0}: シリアル {1} は注文 {2} で出荷済みです ({3})。箱から出し、別の1個をスキャンしてください",
        "{0}: serial {1} went out with order {2} ({3}). Take it out of the box and scan another unit",
    ),
    Key.UNITS_LACKING: (
        Tone.STOP,
        "注文 {0}: 1個ずつの読み取り (ロット・シリアル・期限) がそろっていないため、印刷しません。"
        "箱を空にして、納品書からスキャンし直してください",
        "Order {0}: not every unit (lot, serial, expiry) was read as it has to be, so nothing is printed. "
        "Empty the box, and begin again with the slip",
    ),
    Key.OTHER_ORDER_OPEN: (
        Tone.STOP,
        "注文 {0} の作業中です。先に完了するか、取り消してください",
        "Order {0} is open. Finish or cancel it first",
    ),
    Key.SAME_SLIP: (Tone.GO, "この注文の納品書です。商品をスキャンしてください", "This order's slip. Scan the items"),
    Key.ACKNOWLEDGE: (
        Tone.WAIT,
        "{0} → 確認したら「確認しました」カードをスキャン",
        "{0} → scan the card: acknowledged",
    ),
    Key.NOTHING_TO_ACKNOWLEDGE: (Tone.GO, "確認が必要な指示はありません", "There is nothing to acknowledge"),
    Key.HELD_NOW: (Tone.STOP, "作業を止めてください。保留です: {0}{1}", "Stop. On hold: {0}{1}"),
    Key.HOLD_RELEASED: (Tone.GO, "保留は解除されました。続けてください", "The hold is released. Go on"),
    Key.REVISED: (Tone.GO, "出荷指示が更新されました (第{0}版)", "The instruction was revised (revision {0})"),
    Key.LINES_CHANGED: (
        Tone.STOP,
        "注文の内容が変わりました。箱を空にして、最初からスキャンし直してください",
        "The order's items changed. Empty the box and scan all again",
    ),
    Key.TAKEN_OVER: (Tone.STOP, "注文 {0} は {1} に引き継がれました", "Order {0} was taken over by {1}"),
    Key.PAPER_OUT: (Tone.WAIT, "用紙切れ。用紙を入れてください", "Out of paper. Load paper"),
    Key.COVER_OPEN: (Tone.WAIT, "プリンターのカバーが開いています", "The printer's cover is open"),
    Key.CUTTER_FAULT: (
        Tone.WAIT,
        "カッター異常です。プリンターの電源を入れ直してください",
        "Cutter fault. Switch the printer off and on",
    ),
    Key.PRINTER_OVERHEATED: (
        Tone.WAIT,
        "プリンターが高温のため休止中です。自動で再開します。電源は切らないでください",
        "The printer is too hot and rests. It goes on by itself: do not switch it off",
    ),
    Key.PRINTER_ERROR: (
        Tone.WAIT,
        "プリンター異常です。プリンターの電源を入れ直してください",
        "Printer error. Switch it off and on",
    ),
    Key.WRONG_PRINTER: (
        Tone.WAIT,
        "設定と違う機種のプリンターです。元のプリンターをつなぐか、責任者に連絡してください",
        "Not the printer model that is configured. Connect the right printer, or call the supervisor",
    ),
    Key.PRINTER_OFFLINE: (
        Tone.WAIT,
        "プリンターがオフラインです。プリンターの操作パネルを確認してください",
        "The printer is off line",
    ),
    Key.PRINTER_NO_ANSWER: (
        Tone.WAIT,
        "プリンターが応答しません。電源とケーブルを確認してください",
        "The printer does not answer",
    ),
    Key.PRINTER_DISCONNECTED: (
        Tone.WAIT,
        "プリンターがつながっていません。電源とケーブルを確認してください",
        "The printer is not connected",
    ),
    Key.DRAWING: (Tone.WAIT, "送り状を準備中", "Drawing the label"),
    Key.LABEL_IMPOSSIBLE: (
        Tone.STOP,
        "送り状を作れません: {0}。取り消して責任者に連絡してください",
        "The label cannot be drawn: {0}. Cancel, and tell the supervisor",
    ),
    Key.ASKING: (Tone.WAIT, "印刷の許可を確認中", "Asking for permission to print"),
    Key.PRINTING: (Tone.WAIT, "印刷中", "Printing"),
    Key.PRINTED: (Tone.GO, "印刷しました: {0}。送り状を貼ってください", "Printed: {0}. Stick the label on"),
    Key.NOT_BEGUN: (
        Tone.WAIT,
        "印刷できませんでした。もう一度印刷します",
        "The print did not begin. It is tried again",
    ),
    Key.IN_DOUBT: (
        Tone.STOP,
        "注文 {0}: 送り状は出ましたか。出た場合は送り状、"
        "出ていない場合は「送り状が出なかった」カードをスキャンしてください",
        "Order {0}: did the label come out? Scan it, or the card: no label came out",
    ),
    Key.IN_DOUBT_CARDS: (
        Tone.STOP,
        "注文 {0}: 送り状は出ましたか。全部出た場合は「送り状が出た」カード、"
        "それ以外は出た分を破棄して「送り状が出なかった」カードをスキャンしてください",
        "Order {0}: did the label come out? If all of it did, scan the card: the label came out; "
        "else destroy what did, and scan: no label came out",
    ),
    Key.IN_DOUBT_MORE: (
        Tone.STOP,
        "残りの送り状もスキャンしてください ({0}/{1})。足りない場合は、"
        "出た分を破棄して「送り状が出なかった」カードをスキャン",
        "Scan the other labels too ({0}/{1}). If one is missing, destroy those and scan the card",
    ),
    Key.IN_DOUBT_OTHER_LABEL: (
        Tone.STOP,
        "探している送り状ではありません。注文 {0} の、画面の版の送り状を探してください。"
        "なければ「送り状が出なかった」カードをスキャンしてください",
        "Not the label in question: that of order {0}, of the revision on the screen. If there is none, scan the card",
    ),
    Key.CLEARING: (
        Tone.WAIT,
        "プリンターのデータを消去中です。出てきた送り状は破棄してください",
        "Clearing the printer. Destroy what comes out now",
    ),
    Key.NOT_CLEARED: (
        Tone.STOP,
        "データを消去できません。プリンターの電源を入れ直し、もう一度カードをスキャンしてください"
        " (責任者がいれば省略可)",
        "The printer cannot be cleared. Switch it off and on, then the card again (a supervisor can skip this)",
    ),
    Key.SETTLING: (Tone.WAIT, "デスクに報告中", "Telling the desk"),
    Key.SETTLED: (
        Tone.GO,
        "注文 {0} はデスクで処理されました。続ける場合は納品書をスキャンしてください",
        "Order {0} was settled at the desk",
    ),
    Key.RECALL: (
        Tone.STOP,
        "注文 {0} を止めてください。この荷物の送り状をスキャンしてください ({1}/{2})。"
        "作業台にない場合は「荷物が作業台にない」カードをスキャン",
        "Stop order {0}. Find its parcel and scan its label ({1}/{2}), or the card: the parcel is not at the bench",
    ),
    Key.VOID_SCAN: (
        Tone.STOP,
        "注文 {0} の送り状を無効にします。すべてスキャンしてください ({1}/{2})。やめる場合は「取消」カード",
        "Voiding the label of order {0}: scan all of it ({1}/{2}), or the card: cancel",
    ),
    Key.RECALL_OTHER_LABEL: (
        Tone.STOP,
        "探している送り状ではありません。注文 {0} の送り状をスキャンしてください",
        "Not the label that is looked for. Scan that of order {0}",
    ),
    Key.RECALL_GONE: (
        Tone.GO,
        "記録しました: 注文 {0} の荷物は作業台にありません",
        "Noted: the parcel of order {0} is not at the bench",
    ),
    Key.RECALL_OVER: (
        Tone.GO,
        "注文 {0} の送り状は、もう探さなくて結構です",
        "The label of order {0} need not be looked for any more",
    ),
    Key.VOIDED: (
        Tone.STOP,
        "注文 {0} の送り状を無効にしました。はがして破棄し、荷物を出荷しないでください",
        "The label of order {0} is void: take it off and destroy it; do not ship the parcel",
    ),
    Key.VOID_NEXT: (Tone.WAIT, "無効にする送り状をスキャンしてください", "Scan the label to void"),
    Key.SWAP_NEXT: (
        Tone.WAIT,
        "差し替える前の送り状をスキャンしてください",
        "Scan the old label that another takes the place of",
    ),
    Key.NEEDS_REVISION: (
        Tone.STOP,
        "送り状番号が無効になった注文です: {0}。新しい番号の出荷指示をお待ちください",
        "Its tracking numbers are void: {0}. It waits for an instruction with others",
    ),
    Key.CALLED_BACK: (Tone.STOP, "{1} で送り状を探している注文です: {0}", "Its label is looked for at {1}: {0}"),
    Key.RECALL_HERE: (
        Tone.STOP,
        "先に注文 {0} の送り状を探してください",
        "First find the label of order {0}",
    ),
    Key.UNKNOWN_LABEL: (
        Tone.STOP,
        "出荷済みの注文の送り状ではありません {0}",
        "Not the label of a shipped order {0}",
    ),
    Key.VOID_LABEL: (Tone.STOP, "無効になっている送り状です: {0}", "This label is void already: {0}"),
    Key.NO_SWAP: (
        Tone.STOP,
        "差し替えの指示がない注文です: {0}",
        "Nobody ordered another label for {0}",
    ),
    Key.PACK_ANEW: (
        Tone.STOP,
        "注文 {0} は中身が変わったため、送り状だけの差し替えはできません。古い送り状をはがして破棄し、"
        "納品書をスキャンして、最初から詰め直してください",
        "The goods of order {0} changed: another label alone will not do. Take the old label off and destroy it, "
        "then scan the slip and pack anew",
    ),
    Key.SWAPPED: (
        Tone.GO,
        "差し替えの送り状を印刷しました: {0}。古い送り状をはがして破棄し、新しい送り状を貼ってください",
        "Printed in the old label's place: {0}. Take the old label off and destroy it, then stick the new one on",
    ),
    Key.CANCELLED_CLOSED: (
        Tone.GO,
        "取り消しました: {0}。荷物はそのままにしてください",
        "Cancelled: {0}. Leave the parcel as it is",
    ),
    Key.CANCELLED: (Tone.GO, "取り消しました: {0}。商品を元に戻してください", "Cancelled: {0}. Put the items back"),
    Key.CANNOT_CANCEL: (Tone.WAIT, "印刷中は取り消せません", "Cannot cancel while printing"),
    Key.NOTHING_OPEN: (Tone.GO, "作業中の注文はありません", "No order is open"),
    Key.REPRINT_NEXT: (
        Tone.WAIT,
        "再発行する注文の納品書をスキャンしてください",
        "Scan the slip of the order to print again",
    ),
    Key.TAKE_OVER_NEXT: (
        Tone.WAIT,
        "引き継ぐ注文の納品書をスキャンしてください",
        "Scan the slip of the order to take over",
    ),
    Key.CARD_NOT_NOW: (Tone.WAIT, "このカードは今は使えません", "This card has no use now"),
    Key.WITHOUT_PERMISSION: (
        Tone.WAIT,
        "責任者の指示で印刷中 (デスクの許可なし)",
        "Printing without permission, on the supervisor's word",
    ),
    Key.SCANNER_DOWN: (Tone.WAIT, "スキャナーがつながっていません: {0}", "Scanner is not connected: {0}"),
    Key.DISK_FULL: (
        Tone.STOP,
        "この端末のディスクが一杯です。印刷できません。担当者に連絡してください。空きができれば自動で再開します",
        "This station's disk is full: nothing is printed. Call support. It goes on by itself once there is room",
    ),
    Key.JOURNAL_DAMAGED: (
        Tone.STOP,
        "この端末の記録が壊れていたため、新しい記録で始めます。担当者に連絡してください。"
        "送り状が出たかどうか聞かれた注文は、必ず現物を確認してください",
        "This station's journal was damaged; it begins a new one. Call support. "
        "Where you are asked whether a label came out, look for the label itself",
    ),
    Key.STATION_DOWN: (
        Tone.STOP,
        "この端末は停止しています。印刷できません。担当者に連絡してください。1分ごとに自動で再起動を試みます",
        "This station is down: nothing is printed. Call support. It tries to start again every minute",
    ),
    **CARD_WORDS,
}


KINDS: dict[str, tuple[str, str]] = {
    "cancel": ("キャンセル", "cancelled"),
    "address_change": ("お届け先変更", "address change"),
    "service_change": ("配送変更", "service change"),
    "payment": ("お支払い確認", "payment"),
    "stock": ("在庫確認", "stock"),
    "other": ("その他", "other"),
    "unreadable": ("読めない保留", "unreadable hold"),
    "lot": ("ロット番号", "lot number"),
    "serial": ("シリアル番号", "serial number"),
    "expiry": ("期限", "expiry date"),
}
"""Why an order is held, and what a code lacks."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the packer."""

    key: Key
    about: tuple[str, ...] = ()

    @property
    def tone(self) -> Tone:
        """Whether it is safe to go on."""
        return WORDS[self.key][0]

    @property
    def japanese(self) -> str:
        """The line as the packer reads it."""
        return WORDS[self.key][1].format(*(KINDS.get(fact, (fact,))[0] for fact in self.about))

    @property
    def english(self) -> str:
        """The same in English."""
        return WORDS[self.key][2].format(*(KINDS.get(fact, (fact,))[-1] for fact in self.about))


def about_hold(hold: Hold) -> tuple[str, str]:
    """A hold's kind, and its note in brackets."""
    return hold.kind, f" ({hold.note})" if hold.note else ""


def notice(key: Key, *about: object) -> Notice:
    """A line with its facts."""
    return Notice(key, tuple(str(fact) for fact in about))
