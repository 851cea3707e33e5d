/** An address of IPv4 as it is; listeners on both families have it mapped into IPv6 (RFC 4291, section 2.5.5.2). */
export function plainAddress(address: string | undefined): string | undefined {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address ?? "")?.[1] ?? address;
}
