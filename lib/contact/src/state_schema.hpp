#pragma once

/// The file of the contact state, docs/spec/contact.md. A newer release raises the version and reads the older ones.
namespace tactful {

inline constexpr int kContactApplicationId = 0x54464374;  // "TFCt"
inline constexpr int kContactSchemaVersion = 2;

/// Kinds of rows in `facts`; stored.
enum class FactKind { kConsent = 1, kDoNotContact = 2, kPriority = 3, kContact = 4, kComplaint = 5 };

/// `code` of a consent: the protective one is smaller, since of two contents under one id the smaller stands.
inline constexpr int kCodeOptOut = 0, kCodeOptIn = 1;
inline constexpr int kCodeOn = 0, kCodeOff = 1;
/// `code` of a contact: bit 0 released, above it the outcome plus one.
inline constexpr int kCodeReleased = 1;

inline constexpr const char* kContactTables = R"(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE facts(unit BLOB NOT NULL, kind INTEGER NOT NULL, event BLOB NOT NULL, at INTEGER NOT NULL,
  code INTEGER NOT NULL, channel TEXT NOT NULL, subject TEXT NOT NULL, PRIMARY KEY(unit, kind, event)) WITHOUT ROWID;
CREATE INDEX contacts ON facts(event) WHERE kind = 4;
CREATE TABLE responses(unit BLOB NOT NULL, event BLOB NOT NULL, at INTEGER NOT NULL, ticket BLOB NOT NULL,
  PRIMARY KEY(unit, event)) WITHOUT ROWID;
CREATE TABLE moves(ticket BLOB NOT NULL, event BLOB NOT NULL, unit BLOB NOT NULL, at INTEGER NOT NULL,
  state TEXT NOT NULL, PRIMARY KEY(ticket, event)) WITHOUT ROWID;
CREATE INDEX moves_of_unit ON moves(unit);
CREATE TABLE awaiting(contact BLOB PRIMARY KEY, unit BLOB NOT NULL, ticket BLOB NOT NULL, at INTEGER NOT NULL,
  deadline INTEGER NOT NULL, policy TEXT NOT NULL, experiment TEXT NOT NULL, reminder TEXT NOT NULL,
  channel TEXT NOT NULL, purpose TEXT NOT NULL, zone TEXT NOT NULL, ticket_state TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX awaiting_of_unit ON awaiting(unit);
CREATE INDEX awaiting_by_deadline ON awaiting(deadline);
CREATE TABLE steps(contact BLOB NOT NULL, step TEXT NOT NULL, at INTEGER NOT NULL, made_by BLOB NOT NULL,
  PRIMARY KEY(contact, step)) WITHOUT ROWID;
)";

/// What version 2 added: which policy decided a contact, and the tiers that bound it. Made by create() and by the first
/// opening for writing of a file of version 1.
inline constexpr const char* kContactTables2 = R"(
CREATE TABLE policies(id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, key TEXT NOT NULL, rules TEXT NOT NULL);
CREATE TABLE decided(contact BLOB PRIMARY KEY, policy INTEGER NOT NULL, tiers TEXT NOT NULL) WITHOUT ROWID;
)";

}  // namespace tactful
