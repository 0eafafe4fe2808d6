import { collector } from './collector.ts';

/**
 * Keys of `/etc/default/LifeKeeper` that a judgement may rest on. Any other key stays in the bundle: the file may
 * hold passwords. Sources: SIOS documentation, "Quorum Parameters List", "DataKeeper Parameters List", "Parameters
 * List", "Disabling Reservations".
 */
const ALLOWED =
  /^(QUORUM_MODE|WITNESS_MODE|QUORUM_LOSS_ACTION|QUORUM_HOSTS|QUORUM_TIMEOUT_SECS|QUORUM_DEBUG|QUORUM_QUARANTINE_SECS|QWK_STORAGE_TYPE|QWK_STORAGE_HBEATTIME|QWK_STORAGE_NUMHBEATS|QWK_STORAGE_OBJECT_\w+|ALLOW_EXTEND_WITH_QUORUM_ERROR|HIDE_GUI_SYS_LIST|CONFIRMSODEF|CONFIRMSOTO|RESERVATIONS|LCMHBEATTIME|LCMNUMHBEATS|LKCHECKINTERVAL|LKDR_[A-Z_]+)$/;

/** `KEY=value` lines; commented ones are not in force. */
export const settings = collector(/^\/etc\/default\/LifeKeeper(\.pl)?$/, (facts, start) => {
  let found = false;
  return {
    line(line) {
      const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*|QWK_STORAGE_OBJECT_\w+)\s*=\s*(.*?)\s*$/.exec(
        line.text,
      );
      const key = match?.[1];
      if (key === undefined) return;
      if (!found) facts.settings.files.push(start());
      found = true;
      if (!ALLOWED.test(key)) return;
      const value = (match?.[2] ?? '').replace(/^(["'])(.*)\1(?:\s*#.*)?$/, '$2');
      facts.settings.values.push({ value: { key, value }, at: line.at() });
    },
  };
});
