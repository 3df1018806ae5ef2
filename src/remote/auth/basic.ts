/** The value of an `Authorization` header (RFC 7617). */
export function basicAuthorization(account: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;
}
