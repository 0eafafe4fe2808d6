import { collector } from './collector.ts';

/** Words of SMBIOS, `systemd-detect-virt`, `virt-what` and `lscpu` for a platform, the more special ones first. */
const PLATFORMS: readonly { platform: string; words: RegExp }[] = [
  { platform: 'azure', words: /\bazure\b|7783-7084-3265-9085-8269-3286-77/i },
  { platform: 'aws', words: /\bamazon\b|\baws\b|\bec2\b/i },
  { platform: 'gcp', words: /\bgoogle\b/i },
  { platform: 'oci', words: /oraclecloud/i },
  { platform: 'vmware', words: /vmware/i },
  { platform: 'hyperv', words: /hyper-?v|^microsoft( corporation)?$/i },
  { platform: 'kvm', words: /\bkvm\b|\bqemu\b|^red hat( kvm)?$|\bovirt\b|openstack|nutanix/i },
  { platform: 'xen', words: /\bxen\b/i },
  {
    platform: 'physical',
    words:
      /^(none|bare-?metal|physical)$|\b(dell|hpe?|hewlett[ -]packard|fujitsu|nec|ibm|lenovo|hitachi|cisco|supermicro|intel|inspur|huawei)\b/i,
  },
];

/** The platform that a vendor or hypervisor name stands for; the printed word when it stands for none known. */
export function platformOf(printed: string): string {
  return PLATFORMS.find(({ words }) => words.test(printed))?.platform ?? printed;
}

/** Commands and files that print one word. */
export const platformWord = collector(
  /^(systemd-detect-virt|virt-what|\/sys\/.*\/dmi\/id\/(sys_vendor|chassis_asset_tag))$/,
  (facts) => {
    let found = false;
    return {
      line(line) {
        const text = line.text.trim();
        if (
          found ||
          text === '' ||
          /^(not specified|default string|no asset (tag|information)|to be filled)/i.test(text)
        )
          return;
        const value = platformOf(text);
        // An asset tag names a cloud or nothing.
        if (value === text && line.at().member.endsWith('chassis_asset_tag')) return;
        found = true;
        facts.platform.push({ value, at: line.at() });
      },
    };
  },
);

/** `dmidecode`: the maker of the system, and the asset tag by which Azure and OCI are told. */
export const dmidecode = collector(/^(dmidecode\b.*|\/hardware\/dmi)$/, (facts) => {
  let block = '';
  return {
    line(line) {
      const heading = /^(System Information|Chassis Information|[A-Z]\S.*Information)$/.exec(
        line.text.trim(),
      );
      if (heading?.[1] !== undefined) block = heading[1];
      const match = /^\s+(Manufacturer|Asset Tag): (\S.*?)\s*$/.exec(line.text);
      const printed = match?.[2];
      if (printed === undefined) return;
      const value = platformOf(printed);
      const maker = match?.[1] === 'Manufacturer' && block === 'System Information';
      const cloudTag = match?.[1] === 'Asset Tag' && ['azure', 'oci'].includes(value);
      if (maker || cloudTag) facts.platform.push({ value, at: line.at() });
    },
  };
});

/** `lscpu` and supportconfig's summary of the virtualization. */
export const hypervisor = collector(/^(lscpu|virtualization)$/i, (facts) => ({
  line(line) {
    const printed = /^(?:Hypervisor(?: vendor)?|Manufacturer):\s+(\S.*?)\s*$/.exec(line.text)?.[1];
    if (printed !== undefined && !/^(none|not specified)/i.test(printed))
      facts.platform.push({ value: platformOf(printed), at: line.at() });
  },
}));
