"""Everything that the contact center's commands can say, in Japanese and in English."""

from enum import Enum, auto


class Say(Enum):
    """Which line."""

    STOPPED = auto()
    STOPPED_NO_ORDER = auto()
    FREED = auto()
    NO_SUCH_HOLD = auto()
    STILL_HELD = auto()
    STILL_HELD_BY_MANY = auto()
    ALREADY_FREED = auto()
    HOLD_PRINTING = auto()
    HOLD_UNKNOWN = auto()
    HOLD_REFUSED = auto()
    TOO_LATE = auto()
    ACCEPTED = auto()
    WARNED = auto()
    REFUSED = auto()
    REVISION_PRINTING = auto()
    REVISION_UNKNOWN = auto()
    AT_BENCH = auto()
    LEFT_BENCH = auto()
    BENCH_NOT_KNOWN = auto()
    STILL_PRINTING = auto()
    STILL_RECALLING = auto()
    HOLD_RECALLING = auto()
    HOLD_RECALLED = auto()
    REVISION_RECALLING = auto()
    SWAP_ORDERED = auto()
    NEEDS_REVISION = auto()
    NO_ANSWER = auto()
    HOLD_AGAIN = auto()
    HOLD_STANDS = auto()
    NO_BROKER = auto()
    NO_DESK = auto()
    DESK_DOWN = auto()
    DESK_SILENT = auto()
    DENIED = auto()
    UNREADABLE = auto()
    SHIPMENT = auto()
    SHIPMENT_VOID = auto()
    REPRINT = auto()
    FOR_REPRINT = auto()
    FOR_RECALL = auto()
    FOR_VOID = auto()
    FOR_DOCK_SWAP = auto()
    WITHOUT_PERMISSION = auto()
    LOT = auto()
    SERIAL = auto()
    EXPIRY = auto()
    STATION_READY = auto()
    STATION_NOT_READY = auto()
    STATION_IN_DOUBT = auto()
    DISK_IS_FULL = auto()
    JOURNAL_WAS_DAMAGED = auto()
    PRINTER_IS = auto()
    SCANNER_DOWN = auto()
    NO_LINE_TO_DESK = auto()
    STATION_DOWN = auto()
    DESK_UP = auto()
    DESK_WAITS = auto()
    DESK_IS_DOWN = auto()
    DESK_DISK_IS_FULL = auto()
    DESK_DATABASE_LOST = auto()
    NEW_EPOCH = auto()
    RESOLVED_PRINTED = auto()
    RESOLVED_NOT_PRINTED = auto()
    ALREADY_RESOLVED = auto()
    DONE_WITHOUT = auto()
    NOT_UNDERSTOOD = auto()
    FILE_UNUSABLE = auto()
    BAD_ROW = auto()
    HAS_TO_BE = auto()
    IS_MISSING = auto()
    DIFFERS = auto()
    NO_ORDER_NUMBER = auto()
    NOT_CSV = auto()
    TOO_MANY_CELLS = auto()
    TWICE = auto()
    DECODER = auto()
    IN_ROWS = auto()
    PASSED_OVER = auto()
    COLUMNS_IGNORED = auto()
    LOADED = auto()
    CHANGED = auto()
    SORT_CODE_DROPPED = auto()
    SAVED = auto()
    NOT_SAVED = auto()


WORDS: dict[Say, tuple[str, str]] = {
    Say.STOPPED: (
        "止めました。解除するまで送り状は出ません (保留 {subject})",
        "stopped: no label comes out until hold {subject} is released",
    ),
    Say.STOPPED_NO_ORDER: (
        "保留しましたが、この番号の注文はまだ届いていません。番号をご確認ください (保留 {subject})",
        "stopped, but no order with this number has come yet: check the number (hold {subject})",
    ),
    Say.FREED: (
        "保留 {subject} を解除しました{still_held}{needs_revision}",
        "hold {subject} is released{still_held}{needs_revision}",
    ),
    Say.NO_SUCH_HOLD: (
        "保留 {subject} は登録がありません。保留番号と注文番号をご確認ください{still_held}",
        "no such hold was known: check the hold's id ({subject}) and the order's number{still_held}",
    ),
    Say.STILL_HELD: ("。ほかに保留が {count} 件残っています ({holds})", "; still held by {holds}"),
    Say.STILL_HELD_BY_MANY: (
        "。ほかに保留が {count} 件以上残っています ({holds} など)",
        "; still held by {holds} and perhaps others",
    ),
    Say.ALREADY_FREED: (
        "注文は止まっていません。保留 {subject} は解除済みのため再利用できません。別の番号で保留してください",
        "not stopped: hold {subject} was released before and never holds again; use another id",
    ),
    Say.HOLD_PRINTING: (
        "{station} でちょうど印刷中の可能性があります",
        "{station} may be printing it at this moment",
    ),
    Say.HOLD_UNKNOWN: (
        "不明: {station} で送り状が出たかどうかを担当者が確認しています (許可 {grant})",
        "unknown: a person at {station} is asked whether the label came out (grant {grant})",
    ),
    Say.TOO_LATE: (
        "間に合いませんでした。{station} で {printed_at} に印刷済み (第{printed_revision}版)、"
        "送り状番号 {tracking_numbers}、{bench}",
        "too late: printed at {station}, {printed_at} (revision {printed_revision}), "
        "tracking numbers {tracking_numbers}, {bench}",
    ),
    Say.HOLD_RECALLING: (
        "印刷済みのため、{station} で荷物を探しています (第{printed_revision}版、送り状番号 {tracking_numbers})",
        "printed already; {station} looks for the parcel (revision {printed_revision}, "
        "tracking numbers {tracking_numbers})",
    ),
    Say.HOLD_RECALLED: (
        "送り状を回収しました。解除するまで送り状は出ません (保留 {subject}、無効になった送り状番号 {tracking_numbers})"
        "{needs_revision}",
        "recalled: the label that came out is void (tracking numbers {tracking_numbers}), and no other comes out until "
        "hold {subject} is released{needs_revision}",
    ),
    Say.REVISION_RECALLING: (
        "前の版が印刷済みのため、{station} で荷物を探しています (送り状番号 {tracking_numbers})",
        "the revision before was printed already; {station} looks for the parcel (tracking numbers {tracking_numbers})",
    ),
    Say.SWAP_ORDERED: (
        "第{subject}版の差し替えを受け付けました。{station} で {printed_at} に印刷した送り状 ({tracking_numbers}) を"
        "スキャンすると印刷されます、{bench}",
        "swap ordered: revision {subject} is printed when the label of {station}, {printed_at} ({tracking_numbers}) is "
        "scanned, {bench}",
    ),
    Say.NEEDS_REVISION: (
        "。印刷には、新しい送り状番号の版が必要です",
        "; a revision with other tracking numbers is needed",
    ),
    Say.STILL_RECALLING: (
        "{seconds:g} 秒以内に見つかりませんでした。もう一度同じコマンドを実行すると結果がわかります",
        "it was not found within {seconds:g} s; ask again to hear how it ended",
    ),
    Say.HOLD_REFUSED: ("保留 {subject} は受け付けられません: {reason}", "hold {subject} refused: {reason}"),
    Say.ACCEPTED: ("第{subject}版を受け付けました", "revision {subject} accepted: labels printed from now on carry it"),
    Say.WARNED: ("。ご確認ください: {field}が{why}", "; please check: {field} {why}"),
    Say.REFUSED: ("第{subject}版は受け付けられません: {reason}", "revision {subject} refused: {reason}"),
    Say.REVISION_PRINTING: (
        "前の版を {station} でちょうど印刷中の可能性があります",
        "{station} may be printing the revision before at this moment",
    ),
    Say.REVISION_UNKNOWN: (
        "不明: 前の版の送り状が {station} で出たかどうかを担当者が確認しています (許可 {grant})",
        "unknown: a person at {station} is asked whether the label of the revision before came out (grant {grant})",
    ),
    Say.AT_BENCH: ("荷物はまだ作業台にある可能性があります", "the parcel may still be at the bench"),
    Say.LEFT_BENCH: ("荷物は作業台を離れました", "the parcel has left the bench"),
    Say.BENCH_NOT_KNOWN: ("荷物の場所はわかりません", "where the parcel is, is not known"),
    Say.STILL_PRINTING: (
        "{seconds:g} 秒以内に結果がわかりませんでした。もう一度同じコマンドを実行してください",
        "how it ended was not known within {seconds:g} s; ask again",
    ),
    Say.NO_ANSWER: ("返答がありません。結果は確定していません", "no answer: nothing is certain"),
    Say.HOLD_AGAIN: (
        "もう一度、--hold {hold} を付けて同じコマンドを実行してください (同じ保留として扱われます)",
        "say it again, with --hold {hold}: it is the same hold then",
    ),
    Say.HOLD_STANDS: (
        "保留 {hold} は残っています。解除: station release {order} {hold}",
        "hold {hold} still stands; release it with: station release {order} {hold}",
    ),
    Say.NO_BROKER: ("ブローカーにつながりません: {reason}", "no connection to the broker: {reason}"),
    Say.NO_DESK: (
        "デスクの状態を取得できません。サイト名と権限をご確認ください",
        "nothing is heard of a desk: check the site's name in the configuration, and this client's rights",
    ),
    Say.DESK_DOWN: ("デスクが止まっています", "the desk is down"),
    Say.DESK_SILENT: (
        "デスクは動いていますが返答がありません。このクライアントの権限をご確認ください",
        "the desk is up and does not answer: check this client's rights at the broker (MQTT 3.1.1 does not tell)",
    ),
    Say.DENIED: (
        "ブローカーに拒否されました。{name} の権限をご確認ください: {reason}",
        "the broker refuses what {name} publishes ({reason}): check the rights of {name} at the broker",
    ),
    Say.UNREADABLE: ("読めないメッセージ: {topic}: {reason}", "unreadable message on {topic}: {reason}"),
    Say.SHIPMENT: (
        "出荷報告 {number}: {station} で {printed_at} に印刷 (第{revision}版)、送り状番号 {tracking_numbers}{marks}",
        "shipment {number}: printed at {station}, {printed_at} (revision {revision}), "
        "tracking numbers {tracking_numbers}{marks}",
    ),
    Say.SHIPMENT_VOID: (
        "出荷報告 {number}: {station} で {printed_at} に無効 (第{revision}版)、送り状番号 {tracking_numbers}{marks}",
        "shipment {number}: void at {station}, {printed_at} (revision {revision}), "
        "tracking numbers {tracking_numbers}{marks}",
    ),
    Say.FOR_REPRINT: ("、もう1枚", ", one more label"),
    Say.FOR_RECALL: ("、回収", ", recall"),
    Say.FOR_VOID: ("、作業台で無効", ", void at the bench"),
    Say.FOR_DOCK_SWAP: ("、差し替え", ", swap at the dock"),
    Say.REPRINT: ("、再発行 {reprint}", ", reprint {reprint}"),
    Say.WITHOUT_PERMISSION: ("、許可なし", ", without permission"),
    Say.LOT: ("ロット", "lot"),
    Say.SERIAL: ("シリアル", "serial"),
    Say.EXPIRY: ("期限", "expiry"),
    Say.STATION_READY: ("{station}: 作業できます{why}", "{station}: up and ready{why}"),
    Say.STATION_NOT_READY: (
        "{station}: 動作中、今は印刷できません{why}",
        "{station}: up, cannot print now{why}",
    ),
    Say.DISK_IS_FULL: ("、ディスク満杯", ", disk full"),
    Say.JOURNAL_WAS_DAMAGED: (
        "、記録が壊れたため新しく開始 ({name})",
        ", its journal was damaged and a new one begun ({name})",
    ),
    Say.STATION_IN_DOUBT: ("、送り状の確認待ち {in_doubt} 件", ", labels in doubt: {in_doubt}"),
    Say.PRINTER_IS: ("、プリンター {state}", ", printer {state}"),
    Say.SCANNER_DOWN: ("、スキャナー {name} 未接続", ", scanner {name} not connected"),
    Say.NO_LINE_TO_DESK: ("、デスクと未接続", ", not in touch with the desk"),
    Say.STATION_DOWN: ("{station}: 停止中", "{station}: down"),
    Say.DESK_UP: ("デスク: 動作中", "desk: up (epoch {epoch})"),
    Say.DESK_WAITS: (
        "デスク: 復旧中、{waits_for} を待っています",
        "desk: catching up, waits for {waits_for} (epoch {epoch})",
    ),
    Say.DESK_IS_DOWN: ("デスク: 停止中", "desk: down"),
    Say.DESK_DISK_IS_FULL: (
        "デスク: ディスクが一杯のため停止中。空きができれば自動で再開します",
        "desk: down, for its disk is full; it goes on by itself once there is room",
    ),
    Say.DESK_DATABASE_LOST: (
        "デスク: データベースが壊れたか、見つからないため停止中。担当者がバックアップを復元するまで再開しません",
        "desk: down, its database is damaged or gone; it waits for a person: station restore",
    ),
    Say.NEW_EPOCH: (
        "デスクがバックアップから復元されました。出荷報告を最初から読み直します",
        "the desk was restored from an old copy (epoch {epoch}): shipments are read again from the beginning",
    ),
    Say.RESOLVED_PRINTED: (
        "許可 {grant}: 「送り状が出た」と記録しました",
        "grant {grant} is settled: its label came out",
    ),
    Say.RESOLVED_NOT_PRINTED: (
        "許可 {grant}: 「送り状が出なかった」と記録しました",
        "grant {grant} is settled: no label came out",
    ),
    Say.ALREADY_RESOLVED: (
        "許可 {grant} はすでに処理済みです。station history でご確認ください",
        "grant {grant} is settled already; see station history for how",
    ),
    Say.DONE_WITHOUT: ("{station} を待たずに続行します", "the desk does without {station}"),
    Say.NOT_UNDERSTOOD: ("デスクが受け付けません: {reason}", "the desk refuses: {reason}"),
    Say.FILE_UNUSABLE: ("ファイルを読めません: {path}: {reason}", "{path}: {reason}"),
    Say.BAD_ROW: ("{row} 行目: {order}{field}{reason}", "row {row}: {order}{field}{reason}"),
    Say.HAS_TO_BE: ("{form} で書いてください", "has to be {form}"),
    Say.IS_MISSING: ("入力されていません", "is missing"),
    Say.DIFFERS: ("同じ注文の {row} 行目と違います", "differs from row {row} of the same order"),
    Say.NO_ORDER_NUMBER: ("注文番号がありません", "there is no order number"),
    Say.NOT_CSV: (
        "引用符が閉じていません (セルの中で改行はできません)",
        "the quotation marks do not match ({reason}); a cell cannot hold a line break",
    ),
    Say.TOO_MANY_CELLS: (
        "セルが {cells} 個、見出しは {columns} 個です",
        "there are {cells} cells under {columns} headings",
    ),
    Say.TWICE: (
        "同じ第{revision}版に、内容の異なるものが2件あります",
        "revision {revision} stands there twice, with another content",
    ),
    Say.DECODER: ("読めません: {reason}", "cannot be read: {reason}"),
    Say.IN_ROWS: ("{rows} 行目", "row {rows}"),
    Say.PASSED_OVER: (
        "{row} 行目: 第{revision}版は読み飛ばしました。より新しい版があります",
        "row {row}: revision {revision} is passed over, the file has a newer one",
    ),
    Say.COLUMNS_IGNORED: ("使用しない列: {columns}", "columns that mean nothing here: {columns}"),
    Say.LOADED: (
        "{orders} 件: 受付 {accepted}、間に合わなかった {too_late}、印刷中 {printing}、不明 {unknown}、拒否 {refused}、"
        "回収中 {recalling}、差し替え {swap_ordered}、返答なし {silent}、読めない行 {bad}",
        "{orders} orders: {accepted} accepted, {too_late} too late, {printing} printing, {unknown} unknown, "
        "{refused} refused, {recalling} called back, {swap_ordered} to be swapped, {silent} unanswered; "
        "{bad} mistakes in the file",
    ),
    Say.CHANGED: ("変更: {fields}", "changed: {fields}"),
    Say.SORT_CODE_DROPPED: (
        "住所が変わるため仕分コードを削除します。新しいコードは --sort-code で指定できます",
        "the address changes, so the sort code is dropped; give the new one with --sort-code",
    ),
    Say.SAVED: ("保存しました: {path}", "saved: {path}"),
    Say.NOT_SAVED: ("保存できません: {path}: {reason}", "not saved: {path}: {reason}"),
}


def pair(key: Say, **facts: object) -> tuple[str, str]:
    """A line in Japanese and in English. A fact may be such a pair, too."""
    japanese, english = (
        text.format(**{name: fact[language] if isinstance(fact, tuple) else fact for name, fact in facts.items()})
        for language, text in enumerate(WORDS[key])
    )
    return japanese, english


def both(key: Say, **facts: object) -> str:
    """A line in both languages."""
    return " / ".join(pair(key, **facts))
