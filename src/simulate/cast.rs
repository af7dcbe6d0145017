//! Looking somebody up: a number is given out by the cast that has what it means.

use super::deed::{
    Account, AccountNo, Cast, Credential, CredentialNo, Device, DeviceNo, Person, PersonNo,
};
use crate::model::Text;

#[expect(
    clippy::indexing_slicing,
    reason = "a number is a place in the cast that gave it out"
)]
impl Cast {
    pub fn person(&self, number: PersonNo) -> &Person {
        &self.persons[number.0]
    }

    pub fn account(&self, number: AccountNo) -> &Account {
        &self.accounts[number.0]
    }

    pub fn credential(&self, number: CredentialNo) -> &Credential {
        &self.credentials[number.0]
    }

    pub fn device(&self, number: DeviceNo) -> &Device {
        &self.devices[number.0]
    }
}

impl Cast {
    /// As findings and policies name it: `source:uid`.
    pub fn account_id(&self, number: AccountNo) -> Text {
        let account = self.account(number);
        Text::from(format!("{}:{}", account.source, account.uid))
    }

    pub fn credential_id(&self, number: CredentialNo) -> Text {
        let credential = self.credential(number);
        let source = &self.account(credential.account).source;
        Text::from(format!("{source}:{}", credential.uid))
    }

    pub fn device_id(&self, number: DeviceNo) -> Text {
        let device = self.device(number);
        Text::from(format!("{}:{}", device.source, device.uid))
    }
}
