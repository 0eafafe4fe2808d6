import { collector } from './collector.ts';

const RELEASE = /(\d+\.\d+\.\d+-[\w.+~-]+?)(?:\.gz|\.conf|\.img)?(?=$|[\s")'])/;

function releaseIn(text: string): string | null {
  return RELEASE.exec(text)?.[1] ?? null;
}

/** `grubby --default-kernel`: the path of the kernel that boots next. */
export const grubby = collector(/^grubby --default-kernel$/, (facts) => ({
  line(line) {
    const release = /vmlinuz-/.test(line.text) ? releaseIn(line.text.replace(/^.*vmlinuz-/, '')) : null;
    if (release !== null) facts.kernel.nextBoot.push({ value: release, at: line.at() });
  },
}));

/** `grubenv`: `saved_entry=<machine id>-4.18.0-193.el8.x86_64`, or a menu title with the release in it. */
export const grubenv = collector(/^(\/boot\/.*grubenv|grub2-editenv list)$/, (facts) => ({
  line(line) {
    const entry = /^saved_entry=(.*)$/.exec(line.text.trim())?.[1];
    const release = entry === undefined ? null : releaseIn(entry.replace(/^[0-9a-f]{32}-/, ''));
    if (release !== null) facts.kernel.nextBoot.push({ value: release, at: line.at() });
  },
}));

/** `grub.cfg`: the first entry, and only where the file itself says that the first is the default. */
export const grubConfig = collector(/^\/boot\/.*grub\.cfg$/, (facts) => {
  let firstIsDefault = false;
  let savedIsDefault = false;
  let found = false;
  return {
    line(line) {
      const text = line.text.trim();
      if (/^set default="?0"?$/.test(text)) firstIsDefault = true;
      else if (/^set default="\$\{saved_entry\}"$/.test(text)) savedIsDefault = true;
      if (found) return;
      const path = /^linux(?:16|efi)?\s+(\S*vmlinuz-\S+)/.exec(text)?.[1];
      if (path === undefined) return;
      found = true;
      if (firstIsDefault && !savedIsDefault)
        facts.kernel.nextBoot.push({ value: path.replace(/^.*vmlinuz-/, ''), at: line.at() });
    },
  };
});

/** A listing of `/boot`: on SUSE the link `vmlinuz -> vmlinuz-<release>` is what the boot menu's first entry starts. */
export const bootListing = collector(/^ls -.* [/.]boot\/?$/, (facts) => ({
  line(line) {
    const release = /\svmlinuz -> vmlinuz-(\S+)$/.exec(line.text.trimEnd())?.[1];
    if (release !== undefined) facts.kernel.nextBoot.push({ value: release, at: line.at() });
  },
}));
