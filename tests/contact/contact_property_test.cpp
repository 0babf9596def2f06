// Random events in random order, with repetitions and clocks that jump back, against a model that keeps everything in
// plain lists and decides by counting. Seeds are fixed.
#include <algorithm>
#include <map>
#include <random>

#include "contact_fixture.hpp"

namespace tactful::test {
namespace {

constexpr TimeMs kHour = kMillisecondsPerHour;
constexpr TimeMs kDay = kMillisecondsPerDay;
const TimeMs kStart = at("2026-05-04T00:00:00+08:00");
const UtcOffset kOffset = UtcOffset::parse("+08:00").value();

struct Consent {
  std::string unit, id, purpose, channel;
  bool in;
  TimeMs at;
};
struct Entry {
  std::string unit, id, channel;
  bool on;
  TimeMs at;
};
struct Complaint {
  std::string unit, id;
  TimeMs at;
};
struct Contact {
  std::string unit, channel;
  TimeMs at;
};

struct Model {
  std::vector<Consent> consents;
  std::vector<Entry> entries;
  std::vector<Complaint> complaints;
  std::vector<Contact> contacts;

  // Of several times of one event the latest stands of objections and entries, the earliest of anything else.
  static bool is_objection(const Consent& one) { return !one.in; }
  static bool is_objection(const Entry& one) { return one.on; }
  static bool is_objection(const Complaint&) { return false; }
  static std::string identity(const Consent& one) {
    return one.id + (one.in ? "in" : "out") + one.purpose + "/" + one.channel;
  }
  static std::string identity(const Entry& one) { return one.id + (one.on ? "on" : "off") + one.channel; }
  static std::string identity(const Complaint& one) { return one.id; }
  template <typename Event>
  static std::vector<Event> of(const std::vector<Event>& all, const std::string& unit) {
    std::map<std::string, Event> best;
    for (const Event& one : all) {
      if (one.unit != unit) continue;
      const auto known = best.find(identity(one));
      if (known == best.end())
        best.emplace(identity(one), one);
      else if (is_objection(one) ? one.at > known->second.at : one.at < known->second.at)
        known->second = one;
    }
    std::vector<Event> result;
    for (const auto& [id, one] : best) result.push_back(one);
    return result;
  }

  [[nodiscard]] std::string decide(const std::string& unit, const std::string& channel, TimeMs now) const {
    TimeMs listed = -1, free = -1;
    for (const Entry& one : of(entries, unit))
      if ((one.channel.empty() || one.channel == channel) && (one.on || one.at <= now))
        (one.on ? listed : free) = std::max(one.on ? listed : free, one.at);
    if (listed >= 0 && listed >= free) return "do_not_contact";
    TimeMs in = -1, out = -1;
    for (const Consent& one : of(consents, unit)) {
      if (!one.channel.empty() && one.channel != channel) continue;
      if (!one.purpose.empty() && one.purpose != "service") continue;
      if (one.in && one.at > now) continue;
      (one.in ? in : out) = std::max(one.in ? in : out, one.at);
    }
    if (out >= 0 && out >= in) return "do_not_contact";
    if (in < 0) return "do_not_contact";
    const std::int64_t hour = (now - day_start(day_index(now, kOffset), kOffset)) / kHour;
    bool holds = hour < 8 || hour >= 21;
    for (const Complaint& one : of(complaints, unit)) holds = holds || now < one.at + 3 * kDay;
    int today = 0, week = 0, last_seven = 0;
    const std::int64_t day = day_index(now, kOffset), monday = day - ((day + 3) % 7);
    for (const Contact& one : contacts) {
      if (one.unit != unit) continue;
      holds = holds || now < one.at + 2 * kHour;
      today += day_index(one.at, kOffset) >= day ? 1 : 0;
      week += day_index(one.at, kOffset) >= monday ? 1 : 0;
      last_seven += one.channel == "call" && one.at > now - 7 * kDay ? 1 : 0;
    }
    holds = holds || today >= 2 || week >= 5 || (channel == "call" && last_seven >= 2);
    return holds ? "hold" : "allowed";
  }
};

ContactPolicy rules() {
  ContactPolicy made = policy(R"("hours": [{"from": "08:00", "until": "21:00"}], "caps": [{"period": "day", "most": 2},
      {"period": "week", "most": 5}, {"period": "7d", "most": 2, "channels": ["call"]}],
      "intervals": [{"minimum": "2h"}], "cool_down": {"default": "3d"})");
  made.consent = ConsentBasis::kOptIn;
  return made;
}

class ContactProperty : public ContactFixture {};

TEST_F(ContactProperty, AgreesWithTheModelWhateverTheOrderAndTheClock) {
  const ContactPolicy policy = rules();
  const auto state = open();
  std::mt19937_64 random(4711);
  const std::vector<std::string> units = {"a", "b", "c"};
  const auto pick = [&](const std::vector<std::string>& list) { return list[random() % list.size()]; };
  std::map<std::string, int> verdicts;
  Model model;
  TimeMs now = kStart;
  for (int step = 0; step < 2000; ++step) {
    now +=
        static_cast<TimeMs>(random() % (4 * kHour)) - (random() % 10 == 0 ? static_cast<TimeMs>(random() % kDay) : 0);
    const std::string unit = pick(units), channel = pick({"sms", "call"});
    const std::string scope = pick({"", "sms", "call"}), id = std::to_string(random() % 400);
    // Late: up to ten days back. The same id comes again with other times; content follows from the id.
    const TimeMs when = now - static_cast<TimeMs>(random() % (random() % 4 == 0 ? 10 * kDay : kHour));
    const bool flag = id.back() % 2 == 0;
    switch (random() % 12) {
      case 0: {
        const Consent one{unit,
                          id,
                          id.back() == '3' ? "commercial" : "",
                          id.back() == '5' ? "sms" : "",
                          id.back() != '7' && (id.back() != '8' || random() % 2 == 0),
                          when};
        model.consents.push_back(one);
        ASSERT_TRUE(state->record_consent(unit, one.in ? ConsentKind::kOptIn : ConsentKind::kOptOut, one.purpose,
                                          one.channel, when, id));
        break;
      }
      case 1: {
        if (random() % 3 != 0) break;
        const Entry one{unit, id, id.back() == '1' ? "call" : "", flag && id.size() == 1, when};
        model.entries.push_back(one);
        ASSERT_TRUE(state->record_list(unit, ContactList::kDoNotContact, one.on, one.channel, when, id));
        break;
      }
      case 2:
        if (random() % 6 != 0) break;
        model.complaints.push_back({unit, id, when});
        ASSERT_TRUE(state->record_complaint(unit, "normal", when, id));
        break;
      default: {
        const std::string expected = model.decide(unit, channel, now);
        const ContactDecision decision = state->decide(policy, request(unit, channel), now);
        ASSERT_EQ(to_string(decision.verdict), expected) << step << " " << said(decision);
        const Reservation made = state->reserve(policy, request(unit, channel), "m" + std::to_string(step), now);
        ASSERT_EQ(made.decision.is_allowed(), expected == "allowed") << step;
        if (made.decision.is_allowed() && random() % 8 == 0) {
          ASSERT_TRUE(state->release(made.contact));
        } else if (made.decision.is_allowed()) {
          model.contacts.push_back({unit, channel, now});
        }
        ++verdicts[expected];
      }
    }
  }
  EXPECT_GT(verdicts["allowed"], 50);
  EXPECT_GT(verdicts["hold"], 50);
  EXPECT_GT(verdicts["do_not_contact"], 50);
  // However the clock jumped, no day, week or span of seven days holds more than its cap.
  for (const std::string& unit : units) {
    std::map<std::int64_t, int> days, weeks;
    for (const Contact& one : model.contacts) {
      if (one.unit != unit) continue;
      const std::int64_t day = day_index(one.at, kOffset);
      ASSERT_LE(++days[day], 2);
      ASSERT_LE(++weeks[(day + 3) / 7], 5);
      const auto calls = std::count_if(model.contacts.begin(), model.contacts.end(), [&](const Contact& other) {
        return other.unit == unit && other.channel == "call" && other.at <= one.at && other.at > one.at - 7 * kDay;
      });
      ASSERT_LE(calls, 2);
    }
  }
}

TEST_F(ContactProperty, EveryOrderOfTheSameEventsGivesTheSameState) {
  std::mt19937_64 random(99);
  const ContactPolicy tickets = policy(R"("tickets": {"states": ["a", "b", "c"], "initial": "a",
      "transitions": {"a": ["b"], "b": ["c"]}, "reminders": {"default": ["b"]}})");
  using Act = std::function<void(ContactState&)>;
  for (int round = 0; round < 20; ++round) {
    std::vector<Act> events;
    for (int i = 0; i < 12; ++i) {
      const TimeMs when = kStart + static_cast<TimeMs>(random() % 5) * kHour;
      const std::string id = std::to_string(random() % 6);  // conflicting contents under one id, too
      const auto kind = random() % 5;
      const bool flag = random() % 2 == 0;
      const std::string state = std::string(1, static_cast<char>('a' + random() % 3));
      events.push_back([=](ContactState& to) {
        bool ok = false;
        if (kind == 0)
          ok =
              to.record_consent("u", flag ? ConsentKind::kOptIn : ConsentKind::kOptOut, "", flag ? "sms" : "", when, id)
                  .has_value();
        if (kind == 1) ok = to.record_list("u", ContactList::kDoNotContact, flag, "", when, id).has_value();
        if (kind == 2) ok = to.record_complaint("u", flag ? "normal" : "escalated", when, id).has_value();
        if (kind == 3) ok = to.record_response("u", flag ? "T" : "", when, id).has_value();
        if (kind == 4) ok = to.record_ticket(tickets.tickets, "u", "T", state, when, id).has_value();
        ASSERT_TRUE(ok);
      });
    }
    std::vector<std::string> states;
    for (int order = 0; order < 3; ++order) {
      const TempDir folder(quick_folder());
      ContactStateOptions options;
      options.create = true;
      const auto state = ContactState::open(folder / "c.db", contact_identity(), options);
      ASSERT_TRUE(state);
      for (const Act& act : events) act(**state);
      if (order > 0) {  // some come twice
        for (std::size_t i = 0; i < 4; ++i) events[random() % events.size()](**state);
      }
      states.push_back((*state)->export_unit("u")->dump() + (*state)->facts("u", "T")->ticket_state);
      std::shuffle(events.begin(), events.end(), random);
    }
    ASSERT_EQ(states[0], states[1]) << round;
    ASSERT_EQ(states[0], states[2]) << round;
  }
}

}  // namespace
}  // namespace tactful::test
