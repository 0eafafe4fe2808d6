import { collector } from './collector.ts';

/** LifeKeeper and DataKeeper for Windows as program lists, registry exports and reports name them. */
const PRODUCT =
  /(LifeKeeper for Windows|SIOS LifeKeeper|SIOS DataKeeper(?: Cluster Edition)?(?: for Windows(?: Server)?)?|SIOS Protection Suite for Windows(?: Server)?|SteelEye DataKeeper)[^\d\r\n]{0,40}?v?(\d+\.\d+(?:\.\d+){0,2})/i;

/** `systeminfo` of Windows, in English or Japanese: host name and system. */
export const systemInfo = collector(/^systeminfo$/, (facts) => ({
  line(line) {
    const match = /^(Host Name|ホスト名|OS Name|OS 名)\s*[:：]\s*(\S.*?)\s*$/.exec(line.text);
    const printed = match?.[2];
    if (printed === undefined) return;
    if (match?.[1] === 'Host Name' || match?.[1] === 'ホスト名') {
      facts.hostname.push({ value: printed, at: line.at() });
    } else if (/Windows/i.test(printed)) {
      const version = /(?:Server |Windows )(\d+(?: R2)?)/.exec(printed)?.[1] ?? '';
      facts.os.push({ value: { id: 'windows', version, pretty: printed }, at: line.at() });
    }
  },
}));

/** Any text that names the Windows product with a version. */
export const windowsProduct = collector(/^(windows-product|systeminfo)$/, (facts) => ({
  line(line) {
    const match = PRODUCT.exec(line.text);
    if (match?.[1] !== undefined && match[2] !== undefined)
      facts.windows.push({ value: { product: match[1], version: match[2] }, at: line.at() });
  },
}));

/** LifeKeeper's entries in an exported Windows event log: the product is there, its version is not said. */
export const windowsEvents = collector(/^windows-events$/, (facts) => {
  let found = false;
  return {
    line(line) {
      if (found || !/EventType: .*Source: (LifeKeeper|DataKeeper|ExtMirr)/i.test(line.text)) return;
      found = true;
      facts.windows.push({ value: { product: 'LifeKeeper for Windows', version: '' }, at: line.at() });
    },
  };
});
