import { last, whoBoot } from './collect/boots.ts';
import type { Collector } from './collect/collector.ts';
import { drbd } from './collect/drbd.ts';
import { hostname } from './collect/hostname.ts';
import { hostnamectl } from './collect/hostnamectl.ts';
import { kernel, unameLine } from './collect/kernel.ts';
import { lcdstatus } from './collect/lcdstatus.ts';
import { mdstat } from './collect/mdstat.ts';
import { bootListing, grubby, grubConfig, grubenv } from './collect/next_boot.ts';
import { osRelease, releaseFile, suseRelease } from './collect/os_release.ts';
import { packages } from './collect/packages.ts';
import { dmidecode, hypervisor, platformWord } from './collect/platform.ts';
import { modinfo, moduleListing } from './collect/raid1.ts';
import { settings } from './collect/settings.ts';
import { stonith } from './collect/stonith.ts';
import { date, timedatectl, timezoneFile } from './collect/time.ts';
import { serviceListing, watchdogConfig, watchdogService } from './collect/watchdog.ts';
import { systemInfo, windowsEvents, windowsProduct } from './collect/windows.ts';

/** Every kind of fact, one collector each. */
export const COLLECTORS: readonly Collector[] = [
  hostname,
  hostnamectl,
  kernel,
  unameLine,
  osRelease,
  releaseFile,
  suseRelease,
  packages,
  grubby,
  grubenv,
  grubConfig,
  bootListing,
  modinfo,
  moduleListing,
  timedatectl,
  timezoneFile,
  date,
  last,
  whoBoot,
  lcdstatus,
  settings,
  stonith,
  watchdogConfig,
  watchdogService,
  serviceListing,
  platformWord,
  dmidecode,
  hypervisor,
  mdstat,
  drbd,
  systemInfo,
  windowsProduct,
  windowsEvents,
];
