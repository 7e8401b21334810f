"""The words about cards, badges and labels that are scanned back."""

from station.bench.core.keys import Key, Tone

CARD_WORDS: dict[Key, tuple[Tone, str, str]] = {
    Key.CARD_LAPSED: (
        Tone.GO,
        "時間切れのため、カードの操作を取り消しました。必要ならもう一度カードからスキャンしてください",
        "Too late: what the card began was dropped. Begin again with the card if need be",
    ),
    Key.VOID_WHAT: (
        Tone.WAIT,
        "「無効」カードは、出てきた送り状を無効にするときのカードです。今は使えません",
        "The card void is for a label that came out. It has no use now",
    ),
    Key.NUMBER_NOT_NOW: (
        Tone.WAIT,
        "数字カードの前に「個数」または「バーコードなし」カードをスキャンしてください",
        "Before a number card, scan the card quantity or no barcode",
    ),
    Key.NOTHING_LACKS: (Tone.WAIT, "商品はすべてそろっています", "No item is missing"),
    Key.HAS_TO_BE_SCANNED: (
        Tone.STOP,
        "1個ずつスキャンが必要な商品です: {0}。カードでは数えられません",
        "Each unit of this has to be scanned: {0}. It cannot be counted by card",
    ),
    Key.QUANTITY_NEXT: (
        Tone.WAIT,
        "個数: 数字カードで個数を入れてから、商品をスキャンしてください",
        "Quantity: scan its number cards, then the item",
    ),
    Key.QUANTITY_ENTERED: (
        Tone.WAIT,
        "×{0} → 商品をスキャンしてください (続けて数字カードも可)",
        "×{0} → scan the item (or another digit)",
    ),
    Key.QUANTITY_BAD: (
        Tone.STOP,
        "この個数は入れられません (1〜9999)。「個数」カードからやり直してください",
        "Not a quantity (1 to 9999). Begin again with the card",
    ),
    Key.QUANTITY_TOO_MANY: (
        Tone.STOP,
        "数量オーバーです: {0}。残り {1} 個に ×{2} は入りません。1個も数えていません",
        "Too many: {0}. {1} are missing, not {2}. None was counted",
    ),
    Key.QUANTITY_FORBIDDEN: (
        Tone.STOP,
        "この現場では「個数」カードは使えません。1個ずつスキャンしてください",
        "The card quantity is not used at this site. Scan each unit",
    ),
    Key.NO_BARCODE_WHICH: (
        Tone.WAIT,
        "バーコードなし: どの商品ですか。画面の番号の数字カードをスキャンしてください (1〜{0})",
        "No barcode: which item? Scan the number card that the screen shows beside it (1 to {0})",
    ),
    Key.NO_BARCODE_CONFIRM: (
        Tone.WAIT,
        "バーコードなし: {0} → 責任者が現物を確認し、責任者バッジをスキャンしてください (責任者キーも可)",
        "No barcode: {0} → a supervisor looks at it and scans the badge, or turns the key",
    ),
    Key.COUNTED_WITHOUT_SCAN: (
        Tone.GO,
        "バーコードなしで1個数えました: {0} ({1}/{2})",
        "Counted one without a barcode: {0} ({1}/{2})",
    ),
    Key.PACKER: (Tone.GO, "担当者: {0}", "Packer: {0}"),
    Key.PACKER_OFF: (
        Tone.GO,
        "お疲れさまでした。{0} さんの担当を終了しました",
        "{0} has signed off",
    ),
    Key.NEEDS_PACKER: (
        Tone.WAIT,
        "先に担当者バッジをスキャンしてください。そのあと納品書 (またはカード) をもう一度スキャンしてください",
        "Scan your packer's badge first, then the slip (or the card) again",
    ),
    Key.NEEDS_SUPERVISOR: (
        Tone.STOP,
        "責任者が必要です。責任者キーを回すか、責任者バッジをスキャンしてから、もう一度カードをスキャンしてください",
        "This needs a supervisor: turn the key or scan the supervisor's badge, then the card again",
    ),
    Key.SUPERVISED: (
        Tone.WAIT,
        "責任者: {0}。{1} 秒以内に操作してください (1回分)",
        "Supervisor: {0}. For one action within {1} s",
    ),
    Key.SUPERVISED_OVER: (Tone.GO, "責任者 {0} の操作時間が終わりました", "The time of supervisor {0} is over"),
    Key.BADGE_UNSIGNED: (
        Tone.STOP,
        "署名のない担当者バッジは使えません。新しいバッジを受け取ってください",
        "This site takes signed badges only. Get a new one",
    ),
    Key.BADGE_UNREADABLE: (
        Tone.WAIT,
        "バッジを最後まで読み取れませんでした。もう一度スキャンしてください",
        "Not all of the badge was read. Scan it again",
    ),
    Key.BADGE_NOT_OURS: (
        Tone.STOP,
        "この現場のバッジではありません。責任者に連絡してください",
        "Not a badge of this site. Tell the supervisor",
    ),
    Key.BADGE_REVOKED: (
        Tone.STOP,
        "このバッジは失効しています (番号 {0})。責任者に連絡してください",
        "This badge was revoked (number {0}). Tell the supervisor",
    ),
    Key.BADGE_NO_KEY: (
        Tone.STOP,
        "この作業台では署名付きバッジを使えません (設定がありません)",
        "This station is not set up for signed badges",
    ),
    Key.SCAN_BACK: (
        Tone.WAIT,
        "注文 {0}: 送り状を箱に貼り、貼った送り状をスキャンしてください ({1} 枚)",
        "Order {0}: stick the label on the box, then scan it there ({1} in all)",
    ),
    Key.SCAN_BACK_SWAPPED: (
        Tone.WAIT,
        "注文 {0}: 古い送り状をはがして破棄し、新しい送り状を箱に貼って、貼った送り状をスキャンしてください ({1} 枚)",
        "Order {0}: take the old label off and destroy it, stick the new one on, then scan it there ({1} in all)",
    ),
    Key.SCAN_BACK_MORE: (
        Tone.WAIT,
        "送り状検品 {0}/{1}。次の箱の送り状をスキャンしてください",
        "Label {0} of {1} checked. Scan the next box's label",
    ),
    Key.SCAN_BACK_FIRST: (
        Tone.WAIT,
        "先に、注文 {0} の貼った送り状をスキャンしてください (印刷済みのため取り消しはできません)",
        "First scan the label of order {0} on its box (it is printed and cannot be cancelled)",
    ),
    Key.SCAN_BACK_NEEDS_SUPERVISOR: (
        Tone.WAIT,
        "注文 {0} の送り状をスキャンできないときは、責任者バッジ (または責任者キー) のあとに"
        "「確認しました」カードをスキャンしてください",
        "Order {0}: a label that cannot be scanned needs a supervisor's badge or key, then the card: acknowledged",
    ),
    Key.SCAN_BACK_PASSED: (
        Tone.GO,
        "注文 {0}: 送り状検品を省略しました (責任者: {1})",
        "Order {0}: passed without scanning the label (supervisor: {1})",
    ),
    Key.SCANNED_BACK: (
        Tone.GO,
        "送り状検品 OK: {0}。次の納品書をスキャンしてください",
        "The label of {0} is on its box. Scan the next slip",
    ),
    Key.WRONG_LABEL: (
        Tone.STOP,
        "止まってください。注文 {0} の送り状ではありません: {1}。貼り違いを確認し、正しい送り状をスキャンしてください",
        "Stop. Not the label of order {0}: {1}. See which box it belongs to, and scan the right one",
    ),
}
